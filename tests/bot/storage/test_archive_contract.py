"""What every archive must do: tell, erase and forget, and keep evidence while it is needed."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.action import Applied
from bot.domain.appeal import Appeal, AppealState, Remark
from bot.domain.case import Case, CaseDraft, CaseEvent, EventKind
from bot.domain.comment import Author
from bot.domain.effect import EffectKind, EffectState, PlannedEffect
from bot.domain.ids import AppealId, CommentId, GuildId, MemberId
from bot.domain.verdict import Addressee
from bot.moderation.ports import Stored
from bot.storage.storage import Storage
from config.guild import GuildSettings
from tests.bot.storage.conftest import SETTLED
from tests.bot.storage.drafts import NOON, a_draft, a_hand_draft
from tests.bot.storage.entries import an_entry
from tests.fakes.memory_storage import MemoryStorage

Store = MemoryStorage | Storage
G1, MALLORY, ALICE, MO = GuildId("g1"), MemberId("mallory"), MemberId("alice"), MemberId("mo")
DAY = timedelta(days=1)
SETTINGS = GuildSettings(
    appeal_days=30, keep_case_text_days=90, keep_allowed_text_hours=48, keep_scores_days=30
)
CASE_TEXT_ENDS = SETTLED + 120 * DAY
"""Settled, then thirty days to appeal and ninety more."""
SECRET = "you are an idiot"


async def a_case(storage: Store, comment: str = "c1", *, author: str = "mallory") -> Case:
    case = await storage.cases.open(a_draft(comment, author=author, text=SECRET))
    return await storage.cases.settle(case, Applied())


async def an_appeal(storage: Store, case: Case, *, at: datetime = SETTLED) -> Appeal:
    said = Remark(at, MALLORY, is_member=True, text="A joke among friends.")
    appeal = Appeal(
        id=AppealId(f"a{case.number}"),
        guild=case.guild,
        case=case.number,
        member=case.draft.member.id,
        state=AppealState.OPEN,
        opened_at=at,
        due_at=at + 7 * DAY,
        remarks=(said,),
    )
    return await storage.appeals.open(appeal)


async def decide(storage: Store, appeal: Appeal) -> Appeal:
    reason = Remark(SETTLED + DAY, MO, is_member=False, text="It did not read like one.")
    return await storage.appeals.close(
        appeal, AppealState.UPHELD, by=MO, at=reason.at, reason=reason
    )


async def text_of(storage: Store, number: int) -> str | None:
    case = await storage.cases.get(G1, number)
    assert case is not None
    return case.draft.text


async def test_of_a_stranger_nothing_is_kept(storage: Store) -> None:
    assert await storage.archive.stored(G1, MALLORY) == Stored(0, 0, 0, 0)
    assert await storage.archive.erase(G1, MALLORY, keep_cases=()) == 0
    assert await storage.archive.sweep(NOON) == 0
    copy = await storage.archive.export(G1, MALLORY)
    assert copy == {
        "server": "g1", "member": "mallory", "cases": [], "appeals": [], "comments": []
    }  # fmt: skip


async def test_what_is_kept_is_counted(storage: Store) -> None:
    case = await a_case(storage)
    await storage.cases.open(a_hand_draft())  # by hand, and without words
    await a_case(storage, "c2", author="alice")
    await decide(storage, await an_appeal(storage, case))
    await storage.journal.record(
        [an_entry("1"), an_entry("2", text=None), an_entry("3", author="alice")]
    )
    # Words of theirs: one case's, one entry's, one remark's; the moderator's remark is not theirs.
    assert await storage.archive.stored(G1, MALLORY) == Stored(2, 1, 2, 3)


async def test_a_copy_holds_what_is_kept_and_names_no_moderator(storage: Store) -> None:
    case = await a_case(storage)
    await storage.cases.note(G1, 1, CaseEvent(NOON, EventKind.NOTE, MO, "watch this one"))
    await storage.cases.open(a_hand_draft())
    await decide(storage, await an_appeal(storage, case))
    await storage.journal.record([an_entry("5"), an_entry("4", minutes=-1)])
    copy = json.loads(json.dumps(await storage.archive.export(G1, MALLORY)))
    assert [c["number"] for c in copy["cases"]] == [1, 2]
    assert copy["cases"][0]["text"] == SECRET
    assert copy["cases"][0]["scores"] == {"insult": 0.91}
    assert copy["cases"][1]["text"] is None
    assert copy["cases"][1]["action"] == {"step": "warn", "until": None, "removes_comment": False}
    assert [(r["from"], r["text"]) for r in copy["appeals"][0]["remarks"]] == [
        ("you", "A joke among friends."),
        ("moderators", "It did not read like one."),
    ]
    assert [c["comment"] for c in copy["comments"]] == ["4", "5"]
    assert copy["comments"][1]["text"] == "lovely weather"
    assert '"mo"' not in json.dumps(copy)
    assert "watch this one" not in json.dumps(copy)


async def test_erasing_leaves_scores_and_ids_alone(storage: Store) -> None:
    case = await a_case(storage)
    by_hand = await storage.cases.open(a_hand_draft("m9", text="rude"))
    appeal = await decide(storage, await an_appeal(storage, case))
    await storage.journal.record([an_entry("1"), an_entry("2", author="alice")])
    assert await storage.archive.erase(G1, MALLORY, keep_cases=()) == 4
    erased = await storage.cases.get(G1, 1)
    assert erased is not None
    assert replace(erased, draft=case.draft) == case
    assert isinstance(erased.draft, CaseDraft)
    (score,) = erased.draft.scores.by_label.values()
    assert (score.value, score.passage.text) == (0.91, "")
    assert (erased.draft.text, erased.draft.member.name) == ("", "")
    assert erased.draft.key == case.draft.key
    assert await storage.cases.strikes(G1, MALLORY, rehearsed=False) == [
        case.strike,
        by_hand.strike,
    ]
    assert await text_of(storage, 2) is None
    closed = await storage.appeals.get(appeal.id)
    assert closed is not None
    assert [r.text for r in closed.remarks] == ["", "It did not read like one."]
    entries = {e.key.comment: e for e in await storage.journal.entries(G1, NOON)}
    mine, hers = entries[CommentId("1")], entries[CommentId("2")]
    assert (mine.text, mine.author.name, mine.author.id) == (None, "", "mallory")
    assert mine.values == an_entry().values
    assert hers == an_entry("2", author="alice")
    assert await storage.archive.stored(G1, MALLORY) == Stored(2, 1, 1, 0)


async def test_erasing_twice_changes_nothing_more(storage: Store) -> None:
    await an_appeal(storage, await a_case(storage))
    await storage.journal.record([an_entry()])
    assert await storage.archive.erase(G1, MALLORY, keep_cases=()) == 3
    timeline = await storage.cases.timeline(G1, 1)
    assert [line.kind for line in timeline if line.at == SETTLED][-1] is EventKind.ERASED
    assert await storage.archive.erase(G1, MALLORY, keep_cases=()) == 0
    assert await storage.cases.timeline(G1, 1) == timeline


async def test_frozen_evidence_is_kept_but_not_the_name(storage: Store) -> None:
    kept, gone = await a_case(storage, "c1"), await a_case(storage, "c2")
    appeal = await an_appeal(storage, kept)
    assert await storage.archive.erase(G1, MALLORY, keep_cases=[kept.number]) == 2
    assert await text_of(storage, kept.number) == SECRET
    assert await text_of(storage, gone.number) == ""
    frozen = await storage.cases.get(G1, kept.number)
    assert frozen is not None
    assert frozen.draft.member.name == ""
    assert await storage.appeals.get(appeal.id) == appeal
    assert await storage.archive.sweep(CASE_TEXT_ENDS + DAY) == 0  # the appeal is open
    await decide(storage, appeal)
    assert await storage.archive.sweep(CASE_TEXT_ENDS + DAY) == 1
    assert await text_of(storage, kept.number) == ""


async def test_a_member_is_erased_from_what_others_were_judged_for(storage: Store) -> None:
    mallory = Author(MALLORY, "Mallory")
    plain = a_draft("c1", author="alice", text="you started it")
    answered = replace(a_draft("c0").comment, text="no, you did", mentions=(mallory,))
    draft = replace(
        plain,
        comment=replace(plain.comment, mentions=(mallory, Author(ALICE, "Alice"))),
        parent=answered,
        verdict=replace(plain.verdict, addressee=Addressee(MALLORY, "Mallory", "a reply")),
    )
    case = await storage.cases.open(draft)
    await storage.cases.open(a_draft("c2", author="bob"))
    await storage.journal.record([an_entry("1", author="alice", addressee="mallory")])
    assert await storage.archive.erase(G1, MALLORY, keep_cases=()) == 2
    nobody = Author(MALLORY, "")
    expected = replace(
        draft,
        comment=replace(plain.comment, mentions=(nobody, Author(ALICE, "Alice"))),
        parent=replace(answered, author=nobody, text="", mentions=(nobody,)),
        verdict=replace(plain.verdict, addressee=Addressee(MALLORY, "", "a reply")),
    )
    assert await storage.cases.find(draft.key) == replace(case, draft=expected)
    (entry,) = await storage.journal.entries(G1, NOON)
    assert entry.addressee == Addressee(MALLORY, "", "a reply with 'you'")
    assert (entry.text, entry.author.name) == ("lovely weather", "Alice")


async def test_words_that_somebody_answered_are_evidence_while_that_is_appealed(
    storage: Store,
) -> None:
    parent = replace(a_draft("c0").comment, text="no, you did")
    case = await storage.cases.open(replace(a_draft("c1", author="alice"), parent=parent))
    await an_appeal(storage, case)
    await storage.archive.erase(G1, MALLORY, keep_cases=())
    kept = await storage.cases.get(G1, 1)
    assert kept is not None
    assert kept.draft == replace(case.draft, parent=replace(parent, author=Author(MALLORY, "")))


async def test_another_server_keeps_its_own(storage: Store) -> None:
    other = await storage.cases.open(a_draft(guild="g2"))
    await storage.journal.record([an_entry(guild="g2")])
    assert await storage.archive.erase(G1, MALLORY, keep_cases=()) == 0
    assert await storage.cases.find(other.draft.key) == other


@pytest.mark.parametrize(("late", "text"), [(timedelta(0), SECRET), (timedelta.resolution, "")])
async def test_a_cases_words_go_when_their_time_is_over_and_not_before(
    storage: Store, late: timedelta, text: str
) -> None:
    await storage.guilds.save_settings(G1, SETTINGS)
    case = await a_case(storage)
    await storage.cases.note(G1, 1, CaseEvent(NOON, EventKind.NOTE, MO, "seen"))
    await storage.cases.note(G1, 1, CaseEvent(NOON, EventKind.APPEAL, MALLORY, "a joke"))
    now = CASE_TEXT_ENDS + late
    assert await storage.archive.sweep(now) == (0 if text else 1)
    assert await text_of(storage, case.number) == text
    lines = {line.kind: line for line in await storage.cases.timeline(G1, 1)}
    assert lines[EventKind.NOTE].text == "seen"
    assert lines[EventKind.APPEAL].text == ("a joke" if text else "")
    assert (EventKind.ERASED in lines) is not bool(text)
    assert await storage.archive.sweep(now) == 0


async def test_a_shorter_time_of_one_server_holds_there_alone(storage: Store) -> None:
    await storage.guilds.save_settings(G1, GuildSettings(appeal_days=1, keep_case_text_days=0))
    await a_case(storage)
    other = await storage.cases.open(a_draft(guild="g2"))
    assert await storage.archive.sweep(SETTLED + 2 * DAY) == 1
    assert await storage.cases.find(other.draft.key) == other


async def test_a_case_nobody_settled_is_forgotten_too(storage: Store) -> None:
    await storage.cases.open(a_draft(action=None, text=SECRET))  # opened at noon
    assert await storage.archive.sweep(CASE_TEXT_ENDS - timedelta(hours=1)) == 0
    assert await storage.archive.sweep(CASE_TEXT_ENDS) == 1
    assert await text_of(storage, 1) == ""


async def test_all_that_hangs_on_a_forgotten_case_goes_with_it(storage: Store) -> None:
    case = await a_case(storage)
    (effect,) = await storage.ledger.plan(
        G1, 1, [PlannedEffect(EffectKind.APPEAL_NEWS, text="It stands.")]
    )
    appeal = await decide(storage, await an_appeal(storage, case))
    assert await storage.archive.sweep(CASE_TEXT_ENDS + DAY) == 1
    assert await storage.ledger.effects(G1, 1) == [replace(effect, text=None)]
    swept = await storage.appeals.get(appeal.id)
    assert swept is not None
    assert [r.text for r in swept.remarks] == ["", ""]
    assert swept.state is AppealState.UPHELD


async def test_words_still_to_be_sent_back_are_kept_until_they_are(storage: Store) -> None:
    case = await a_case(storage)
    (effect,) = await storage.ledger.plan(G1, 1, [PlannedEffect(EffectKind.RETURN_TEXT)])
    assert await storage.archive.sweep(CASE_TEXT_ENDS + DAY) == 0
    await storage.ledger.settle(effect, EffectState.DONE)
    assert await storage.archive.sweep(CASE_TEXT_ENDS + DAY) == 1
    assert await text_of(storage, case.number) == ""


async def test_the_journal_forgets_words_first_and_then_all(storage: Store) -> None:
    await storage.guilds.save_settings(G1, SETTINGS)
    await storage.journal.record([an_entry("1"), an_entry("2", minutes=1), an_entry("3", case=1)])
    words_end, all_ends = NOON + 2 * DAY, NOON + 30 * DAY
    second = timedelta(seconds=1)
    assert await storage.archive.sweep(words_end) == 0
    assert await storage.archive.sweep(words_end + second) == 2
    texts = {e.key.comment: e.text for e in await storage.journal.entries(G1, NOON)}
    assert texts == {"1": None, "2": "lovely weather", "3": None}
    assert await storage.archive.sweep(all_ends) == 1  # the words of the second
    assert await storage.archive.sweep(all_ends + second) == 2
    assert [e.key.comment for e in await storage.journal.entries(G1, NOON)] == ["2"]


async def test_many_cases_are_forgotten_in_one_sweep(storage: Store) -> None:
    for n in range(230):
        await storage.cases.open(a_draft(f"c{n}", action=None))
    assert await storage.archive.sweep(CASE_TEXT_ENDS) == 230
    assert await storage.archive.stored(G1, MALLORY) == Stored(230, 0, 0, 0)
