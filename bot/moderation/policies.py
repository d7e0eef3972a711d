"""Policies: the one that holds in a server, its history, and what a change would do.

Not the edits themselves (`bot.policy.edits`, pure). Called by `cogs.policy` and `cogs.setup`; the
pipeline asks `policy_of`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from bot.domain.comment import Place
from bot.domain.ids import GuildId, PlaceId
from bot.domain.scores import Scores
from bot.domain.verdict import Decision, Verdict
from bot.errors import BadPolicyError, RefusedError
from bot.moderation.actor import Actor, require_admin, require_moderator
from bot.moderation.checks import require_words
from bot.moderation.ports import Guilds, Journal, PolicyVersion, Scorer
from bot.moderation.preview import Preview, preview
from bot.policy.address import find_addressee_of_reply
from bot.policy.edits import in_shadow
from bot.policy.explain import Setting, explain
from bot.policy.judge import judge
from bot.policy.ladder import step_at, step_words
from bot.policy.place import effective
from bot.policy.policy_file import LARGEST_FILE_BYTES, parse_policy
from bot.policy.record import to_toml
from bot.policy.required_labels import require_labels
from bot.policy.wording import points_words
from bot.text import read
from config.policy import Mode, Policy

LONGEST_NOTE = 300
LONGEST_TRIED = 4000
"""Characters of a text that is tried: as long as Discord lets a comment be."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """What became of a text that was tried. `reason` says why; `follows` what would be done.

    `normalised` is the text as the model saw it.
    """

    text: str
    normalised: str
    scores: Scores
    verdict: Verdict
    reason: str
    follows: str


class PolicyDesk:
    """Keeps each server's policy. A server that has saved none has `default`, in shadow mode."""

    def __init__(
        self,
        *,
        guilds: Guilds,
        journal: Journal,
        scorer: Scorer,
        default: Policy,
        clock: Callable[[], datetime],
    ) -> None:
        self._guilds = guilds
        self._journal = journal
        self._scorer = scorer
        self._default = in_shadow(default)
        self._clock = clock
        self._holding: dict[GuildId, Policy] = {}

    async def current(self, guild: GuildId) -> PolicyVersion:
        """Give the policy that holds; version 1 by nobody is the default."""
        return await self._guilds.policy(guild) or PolicyVersion(
            guild, 1, self._default, self._clock(), None, _DEFAULT_NOTE
        )

    async def refresh(self, guild: GuildId) -> Policy:
        """Read the policy that holds into what `policy_of` answers from."""
        self._holding[guild] = (await self.current(guild)).policy
        return self._holding[guild]

    def policy_of(self, guild: GuildId) -> Policy:
        """Give the policy that holds, without asking the database.

        True from `refresh` on, and after every save here; before that it is the default in shadow
        mode, which touches nobody.
        """
        return self._holding.get(guild, self._default)

    async def preview(self, guild: GuildId, candidate: Policy) -> Preview:
        """Judge the last 30 days' comments under the policy that holds and under another."""
        held = (await self.current(guild)).policy
        return await preview(self._journal, guild, held, candidate, self._clock())

    async def save(
        self, guild: GuildId, candidate: Policy, actor: Actor, note: str, *, confirmed: bool = False
    ) -> PolicyVersion:
        """Make a policy the one that holds from now on.

        Raises:
            RefusedError: the actor is no admin, nothing would change, or the change acts on so
                much that it needs to be `confirmed`.
            BadPolicyError: it judges by a label that the model does not score.
        """
        require_admin(actor)
        note = require_words(note, "note", longest=LONGEST_NOTE, is_needed=False)
        require_labels(candidate, self._scorer.labels)
        held = await self.current(guild)
        if candidate == held.policy and await self._guilds.policy(guild) is not None:
            raise RefusedError("This policy holds already: nothing would change.")
        if not confirmed:
            self._require_few(await self.preview(guild, candidate))
        return await self._put(guild, candidate, actor, note)

    async def history(self, guild: GuildId, actor: Actor) -> list[PolicyVersion]:
        """List the policies that held, newest first; the default alone where none was saved."""
        require_moderator(actor)
        return await self._guilds.policies(guild) or [await self.current(guild)]

    async def rollback(
        self, guild: GuildId, number: int, actor: Actor, *, confirmed: bool = False
    ) -> PolicyVersion:
        """Save an earlier version anew, as the newest. Raises what `save` does."""
        require_admin(actor)
        found = [v for v in await self.history(guild, actor) if v.number == number]
        if not found:
            raise RefusedError(f"There is no version {number} of this server's policy.")
        note = f"back to version {number}"
        return await self.save(guild, found[0].policy, actor, note, confirmed=confirmed)

    async def explain(
        self, guild: GuildId, place: Place, roles: Collection[str] = frozenset()
    ) -> list[Setting]:
        """Say for every key which value holds in a place, for members with these roles, and why."""
        held = await self.current(guild)
        own = f"this server's policy, version {held.number}"
        return explain(held.policy, place, roles, own=own)

    async def test(self, guild: GuildId, text: str, place: Place | None = None) -> TestResult:
        """Judge a text as a reply to somebody; nothing is recorded and nobody is touched.

        Raises:
            RefusedError: there are no words, or too many.
            ScoringError: the model could not score.
        """
        text = require_words(text, "text", longest=LONGEST_TRIED)
        here = place or Place(guild, PlaceId(guild))
        policy = effective((await self.current(guild)).policy, here, ())
        reading = read(text)
        [scores] = await self._scorer.score([reading])
        verdict = judge(scores, policy, find_addressee_of_reply(text))
        follows = _follows(verdict, policy)
        return TestResult(text, reading.plain, scores, verdict, verdict.reason, follows)

    def import_toml(self, text: str, *, name: str = "imported") -> Policy:
        """Read a policy from TOML, to be previewed and saved.

        Raises:
            BadPolicyError: it cannot be used: one sentence for each thing that is wrong.
        """
        if len(text) > LARGEST_FILE_BYTES:
            what = f"is longer than {LARGEST_FILE_BYTES:,} characters, expected a policy in TOML"
            raise BadPolicyError("the file", what)
        policy = parse_policy(text, where="the file", name=name)
        require_labels(policy, self._scorer.labels)
        return policy

    async def export_toml(self, guild: GuildId) -> str:
        """Write the policy that holds as TOML; reading it gives an equal policy."""
        return to_toml((await self.current(guild)).policy)

    async def _put(self, guild: GuildId, policy: Policy, actor: Actor, note: str) -> PolicyVersion:
        now = self._clock()
        if await self._guilds.policy(guild) is None:
            # So that there is a way back to how the server began.
            await self._guilds.save_policy(
                guild, self._default, by=None, note=_DEFAULT_NOTE, at=now
            )
        saved = await self._guilds.save_policy(guild, policy, by=actor.id, note=note, at=now)
        self._holding[guild] = saved.policy
        return saved

    def _require_few(self, seen: Preview) -> None:
        if seen.needs_confirmation:
            raise RefusedError(
                f"This would act on {seen.enforced_after:,} of the last {seen.compared:,} comments"
                f" ({seen.enforced_after / seen.compared:.0%}): look at the preview and confirm it."
            )


_DEFAULT_NOTE = "how every server begins"


def _follows(verdict: Verdict, policy: Policy) -> str:
    """Say what would be done about a comment like this, from a member without points."""
    if verdict.decision is Decision.ALLOW:
        return "Nothing would be done."
    if verdict.decision is Decision.FLAG:
        return "It would be flagged: a human decides."
    points = max(policy.categories[b.category].points_at(b.score) for b in verdict.breaches)
    step = step_at(policy, points)
    said = "a human decides" if step is None else step_words(step)
    if step is not None and step.step.rank > policy.max_without_human.rank:
        said = f"{said}, which a human must confirm"
    shadow = " The policy is in shadow mode: nobody would be touched."
    told = f"A member without points would get {points_words(points)}: {said}."
    return told + (shadow if policy.mode is Mode.SHADOW else "")
