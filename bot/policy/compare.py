"""Compares two policies over comments that were judged: what would be decided otherwise. Pure.

Works from the scores that the journal keeps, so nothing is scored anew. Called by
`bot.moderation.preview`; the picture is `bot.report.preview_plot`.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from bot.domain.comment import Place
from bot.domain.ids import MemberId, RoleId
from bot.domain.journal import Entry
from bot.domain.scores import Passage, Score, Scores
from bot.domain.verdict import Decision, Verdict
from bot.policy.judge import judge
from bot.policy.place import effective
from bot.policy.weigh import exemption
from config.labels import Label
from config.policy import Category, Mode, Policy

CONFIRM_ABOVE = 0.05
"""A change that acts on more than this share of the comments must be confirmed."""
BINS = 40
MOST_EXAMPLES = 6

_HARSHNESS = {decision: rank for rank, decision in enumerate(Decision)}


@dataclass(frozen=True, slots=True)
class Example:
    """A comment that would be decided otherwise. `reason` is the new policy's sentence."""

    entry: Entry
    before: Decision
    after: Decision
    reason: str


@dataclass(frozen=True, slots=True)
class Shift:
    """One category's scores, and its thresholds before and after: what the plot draws.

    `counts` has 40 bins from 0 to 1, with the scores as the new policy weighs them. Where places
    differ, it is about the comments with the most common pair of rules.
    """

    category: Category
    counts: tuple[int, ...]
    flag_before: float
    act_before: float
    flag_after: float
    act_after: float


@dataclass(frozen=True, slots=True)
class Preview:
    """A candidate policy against the one that holds, over the comments judged lately.

    `acted_*` count what the policy would act on, whatever its mode; `enforced_*` those of them
    where the mode is enforce, so that somebody is touched. Comments of members who are never acted
    on count as compared and nothing more. `examples` are the most telling changes. `is_bounded`:
    there was more than could be compared, and the newest were.
    """

    compared: int
    flagged_before: int
    flagged_after: int
    acted_before: int
    acted_after: int
    enforced_before: int
    enforced_after: int
    changed: int
    examples: tuple[Example, ...]
    shifts: tuple[Shift, ...]
    is_bounded: bool = False

    @property
    def needs_confirmation(self) -> bool:
        """Say whether the change acts on so many comments that an admin must say so twice."""
        is_much = self.enforced_after > CONFIRM_ABOVE * self.compared
        return is_much and self.enforced_after > self.enforced_before

    @property
    def summary(self) -> str:
        """Say in a few sentences what would change."""
        if not self.compared:
            return "No comment was judged in the last 30 days, so nothing can be compared yet."
        whose = "newest comments" if self.is_bounded else "comments"
        compared = f"Of {self.compared:,} {whose} judged in the last 30 days"
        lines = [
            f"{compared}, {self.changed:,} would be decided otherwise.",
            _moved("Flagged for a human", self.flagged_before, self.flagged_after),
            _moved("Acted on", self.acted_before, self.acted_after),
        ]
        if (self.enforced_before, self.enforced_after) != (self.acted_before, self.acted_after):
            carried = _moved("Carried out", self.enforced_before, self.enforced_after)
            lines.append(f"{carried[:-1]}; the rest is in shadow mode.")
        return " ".join(lines)


def compare(entries: Sequence[Entry], before: Policy, after: Policy) -> Preview:
    """Judge every entry under both policies, from the scores it keeps."""
    old, new = _Judge(before), _Judge(after)
    pairs = [(entry, old.decide(entry), new.decide(entry)) for entry in entries]
    changed = [
        Example(entry, was.decision, becomes.decision, becomes.verdict.reason)
        for entry, was, becomes in pairs
        if was.decision is not becomes.decision
    ]
    return Preview(
        compared=len(pairs),
        flagged_before=sum(was.decision is Decision.FLAG for _, was, _ in pairs),
        flagged_after=sum(becomes.decision is Decision.FLAG for _, _, becomes in pairs),
        acted_before=sum(was.decision is Decision.ACT for _, was, _ in pairs),
        acted_after=sum(becomes.decision is Decision.ACT for _, _, becomes in pairs),
        enforced_before=sum(was.is_enforced for _, was, _ in pairs),
        enforced_after=sum(becomes.is_enforced for _, _, becomes in pairs),
        changed=len(changed),
        examples=_most_telling(changed),
        shifts=tuple(_shifts(pairs)),
    )


@dataclass(frozen=True, slots=True)
class _Decided:
    """What a policy makes of one entry. `decision` is ALLOW where the author is never acted on."""

    policy: Policy
    verdict: Verdict
    decision: Decision

    @property
    def is_enforced(self) -> bool:
        return self.decision is Decision.ACT and self.policy.mode is Mode.ENFORCE


class _Judge:
    """Judges entries by one policy; which policy holds where is worked out once a place."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._targets = {override.target.casefold() for override in policy.overrides}
        self._holding: dict[tuple[Place, frozenset[RoleId]], Policy] = {}

    def decide(self, entry: Entry) -> _Decided:
        policy = self._policy_at(entry.place, entry.author.roles)
        scores = Scores(
            {label: Score(value, _NOWHERE) for label, value in entry.values.items()}, entry.model
        )
        verdict = judge(scores, policy, entry.addressee)
        is_spared = exemption(entry.author, policy) is not None
        return _Decided(policy, verdict, Decision.ALLOW if is_spared else verdict.decision)

    def _policy_at(self, place: Place, roles: Collection[RoleId]) -> Policy:
        telling = frozenset(role for role in roles if role.casefold() in self._targets)
        if (place, telling) not in self._holding:
            self._holding[place, telling] = effective(self._policy, place, telling)
        return self._holding[place, telling]


_NOWHERE = Passage("")
"""The journal keeps no passages, and deciding asks for none."""

_Pair = tuple[Entry, _Decided, _Decided]


def _most_telling(changed: Sequence[Example]) -> tuple[Example, ...]:
    """Choose by turns what would be dealt with more harshly and more mildly.

    The widest changes first, those with words before those whose words are erased, and each member
    once before anybody twice.
    """
    harsher = _widest_first([e for e in changed if _width(e) > 0])
    milder = _widest_first([e for e in changed if _width(e) < 0])
    by_turns = [e for pair in zip_longest(harsher, milder) for e in pair if e is not None]
    return tuple(by_turns[:MOST_EXAMPLES])


def _widest_first(changed: Sequence[Example]) -> list[Example]:
    telling = sorted(
        changed,
        key=lambda e: (
            not e.entry.text,
            -abs(_width(e)),
            -max(e.entry.values.values(), default=0.0),
        ),
    )
    seen: Counter[MemberId] = Counter()
    turns: list[tuple[int, Example]] = []
    for example in telling:
        turns.append((seen[example.entry.author.id], example))
        seen[example.entry.author.id] += 1
    return [example for _, example in sorted(turns, key=lambda turn: turn[0])]


def _width(example: Example) -> int:
    """Say by how many degrees a comment would be dealt with more harshly."""
    return _HARSHNESS[example.after] - _HARSHNESS[example.before]


def _shifts(pairs: Sequence[_Pair]) -> list[Shift]:
    """Bin each changed category's scores; where only the mode changed, those of every category."""
    return [shift for category in Category if (shift := _shift(pairs, category)) is not None]


def _shift(pairs: Sequence[_Pair], category: Category) -> Shift | None:
    counted: Counter[tuple[_Rule, _Rule]] = Counter()
    scores: defaultdict[tuple[_Rule, _Rule], list[float]] = defaultdict(list)
    for _, was, becomes in pairs:
        rules = _rule(was.policy, category), _rule(becomes.policy, category)
        if rules[0] == rules[1] and was.policy.mode is becomes.policy.mode:
            continue
        seen = becomes.verdict.categories or was.verdict.categories
        if category in seen:
            counted[rules] += 1
            scores[rules].append(seen[category])
    if not counted:
        return None
    [((one, other), _)] = counted.most_common(1)
    counts = [0] * BINS
    for score in scores[one, other]:
        counts[min(BINS - 1, int(score * BINS))] += 1
    return Shift(category, tuple(counts), one.flag, one.act, other.flag, other.act)


class _Rule(NamedTuple):
    """What a category's scores and thresholds hang on; points are another matter."""

    flag: float
    act: float
    is_judged: bool
    unaddressed_weight: float
    labels: tuple[tuple[Label, float], ...]


def _rule(policy: Policy, category: Category) -> _Rule:
    rule = policy.categories[category]
    return _Rule(
        rule.flag, rule.act, rule.judged, rule.unaddressed_weight, tuple(rule.labels.items())
    )


def _moved(what: str, before: int, after: int) -> str:
    if before == after:
        return f"{what}: {after:,}, as now."
    difference = f"{abs(after - before):,} {'more' if after > before else 'fewer'}"
    return f"{what}: {after:,} instead of {before:,}, {difference}."
