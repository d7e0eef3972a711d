"""Everything that becomes a `Comment`: saved discussions and, on a server, live messages."""
