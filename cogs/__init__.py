"""What Discord users can reach: each cog parses, calls one use-case and replies."""
