"""Everything a member or moderator feels of a case on Discord: effects, notices, the mod-log."""
