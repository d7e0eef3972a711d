"""Identities. All are opaque strings: Discord's snowflakes appear in decimal.

Strings, because saved discussions name comments and members in their own ways; each is its own
type, so that swapping two does not type-check.
"""

from typing import NewType

GuildId = NewType("GuildId", str)
"""A Discord server; for a saved discussion, the community it was saved from."""
PlaceId = NewType("PlaceId", str)
"""A channel category, forum or thread."""
RoleId = NewType("RoleId", str)
MemberId = NewType("MemberId", str)
CommentId = NewType("CommentId", str)
"""Unique within its guild."""
EffectId = NewType("EffectId", str)
"""Hex digest of guild, case, kind and position: the same effect planned twice is one."""
AppealId = NewType("AppealId", str)
