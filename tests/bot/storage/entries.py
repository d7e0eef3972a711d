"""Journal entries for storage tests: a plain one to vary."""

from datetime import timedelta

from bot.domain.case import CaseKey
from bot.domain.comment import Author, Place
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId, RoleId
from bot.domain.journal import Entry
from bot.domain.scores import ModelId
from bot.domain.verdict import Addressee, Decision
from config.labels import Label
from tests.bot.storage.drafts import NOON


def an_entry(
    comment: str = "101",
    *,
    guild: str = "g1",
    author: str = "mallory",
    addressee: str | None = None,
    revision: int = 0,
    minutes: float = 0,
    text: str | None = "lovely weather",
    case: int | None = None,
) -> Entry:
    """Make an entry that was judged some minutes after noon, two seconds after it was said."""
    judged_at = NOON + timedelta(minutes=minutes)
    return Entry(
        key=CaseKey(GuildId(guild), CommentId(comment), revision),
        place=Place(GuildId(guild), PlaceId("t1"), PlaceId("f1"), PlaceId("k1")),
        author=Author(
            MemberId(author), author.title(), frozenset({RoleId("r1"), RoleId("r2")}), immune="owns"
        ),
        text=text,
        created_at=judged_at - timedelta(seconds=2),
        judged_at=judged_at,
        values={Label.TOXICITY: 0.125, Label.INSULT: 0.0625},
        model=ModelId("compact", "ab" * 32),
        decision=Decision.ALLOW if case is None else Decision.ACT,
        policy_version="v1",
        addressee=None
        if addressee is None
        else Addressee(MemberId(addressee), addressee.title(), "a reply with 'you'"),
        case=case,
    )
