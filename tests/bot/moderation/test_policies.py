"""Keeping a server's policy: shadow at first, history, previews, trying a text."""

from datetime import timedelta

import pytest

from bot.domain.case import CaseKey
from bot.domain.comment import Author
from bot.domain.ids import CommentId, MemberId
from bot.domain.journal import Entry
from bot.domain.verdict import Addressee, Decision
from bot.errors import BadPolicyError, RefusedError, ScoringError
from bot.moderation.ports import CaseFilter
from bot.policy.edits import with_mode, with_threshold
from config.labels import Label
from config.policy import Category, Mode
from tests.bot.moderation.office import ADA, BALANCED, BOB, ENFORCING, GUILD, MAY, PLACE, Office

MILDER = with_threshold(ENFORCING, Category.HARASSMENT, "act", 0.95)
HARSHER = with_threshold(ENFORCING, Category.HARASSMENT, "act", 0.65)


async def fill_journal(office: Office, *insults: float) -> None:
    """Judge one comment a minute, each with an insult of that score, said to somebody."""
    entries = [
        Entry(
            key=CaseKey(GUILD, CommentId(f"{office.now:%j}{n}"), 0),
            place=PLACE,
            author=Author(MemberId(f"m{n}"), f"m{n}"),
            text=f"comment {n}",
            created_at=office.now - timedelta(minutes=n),
            judged_at=office.now - timedelta(minutes=n),
            values={Label.INSULT: insult},
            model=office.scorer.model,
            decision=Decision.ALLOW,
            policy_version="-",
            addressee=Addressee(MemberId("77"), "Zed", "a reply with 'you'"),
            case=None,
        )
        for n, insult in enumerate(insults)
    ]
    await office.storage.journal.record(entries)


async def test_a_new_server_judges_in_shadow_whatever_the_default_says() -> None:
    office = Office()
    assert ENFORCING.mode is Mode.ENFORCE
    held = await office.desk.policies.current(GUILD)
    assert (held.number, held.by, held.policy.mode) == (1, None, Mode.SHADOW)
    assert office.desk.policies.policy_of(GUILD).mode is Mode.SHADOW


async def test_the_first_change_keeps_how_the_server_began_as_version_1() -> None:
    office = Office()
    saved = await office.desk.policies.save(GUILD, ENFORCING, ADA, "on")
    assert (saved.number, saved.by, saved.note) == (2, ADA.id, "on")
    assert office.desk.policies.policy_of(GUILD) == ENFORCING
    history = await office.desk.policies.history(GUILD, MAY)
    assert [version.number for version in history] == [2, 1]
    assert history[1].policy.mode is Mode.SHADOW


async def test_a_rollback_is_a_new_version(office: Office) -> None:
    await office.desk.policies.save(GUILD, MILDER, ADA, "milder")
    back = await office.desk.policies.rollback(GUILD, 1, ADA)
    assert (back.number, back.policy, back.note) == (3, ENFORCING, "back to version 1")
    with pytest.raises(RefusedError, match="no version 9"):
        await office.desk.policies.rollback(GUILD, 9, ADA)


async def test_after_a_restart_the_saved_policy_is_read_again(office: Office) -> None:
    await office.storage.guilds.save_policy(GUILD, MILDER, by=None, note="", at=office.now)
    assert office.desk.policies.policy_of(GUILD) == ENFORCING
    assert await office.desk.policies.refresh(GUILD) == MILDER
    assert office.desk.policies.policy_of(GUILD) == MILDER


async def test_only_admins_change_a_policy(office: Office) -> None:
    for ask in (
        office.desk.policies.save(GUILD, MILDER, MAY, ""),
        office.desk.policies.rollback(GUILD, 1, MAY),
    ):
        with pytest.raises(RefusedError, match="Only admins"):
            await ask
    with pytest.raises(RefusedError, match="Only moderators"):
        await office.desk.policies.history(GUILD, BOB)


async def test_saving_what_holds_is_refused(office: Office) -> None:
    with pytest.raises(RefusedError, match="nothing would change"):
        await office.desk.policies.save(GUILD, ENFORCING, ADA, "")


async def test_a_policy_by_labels_that_the_model_lacks_is_refused(office: Office) -> None:
    office.scorer.labels = (Label.INSULT,)
    with pytest.raises(BadPolicyError, match="which the loaded model does not score"):
        await office.desk.policies.save(GUILD, MILDER, ADA, "")


async def test_a_preview_counts_what_would_change(office: Office) -> None:
    # Flag is 0.60 and act 0.85; with act at 0.65 those of 0.70 and 0.80 are acted on.
    await fill_journal(office, 0.10, 0.62, 0.70, 0.80, 0.90)
    seen = await office.desk.policies.preview(GUILD, HARSHER)
    assert (seen.compared, seen.flagged_before, seen.flagged_after) == (5, 3, 1)
    assert (seen.acted_before, seen.acted_after, seen.changed) == (1, 3, 2)
    assert [e.entry.text for e in seen.examples] == ["comment 3", "comment 2"]
    assert seen.summary == (
        "Of 5 comments judged in the last 30 days, 2 would be decided otherwise."
        " Flagged for a human: 1 instead of 3, 2 fewer. Acted on: 3 instead of 1, 2 more."
    )


async def test_a_preview_looks_back_thirty_days(office: Office) -> None:
    await fill_journal(office, 0.9)
    office.later(days=31)
    seen = await office.desk.policies.preview(GUILD, HARSHER)
    assert seen.compared == 0
    assert "nothing can be compared" in seen.summary
    assert not seen.needs_confirmation


async def test_a_change_that_acts_on_more_than_a_twentieth_must_be_confirmed(
    office: Office,
) -> None:
    # Of 100 comments 5 score 0.70: a twentieth, which is not more than one; then a sixth.
    await fill_journal(office, *[0.1] * 95, *[0.7] * 5)
    assert not (await office.desk.policies.preview(GUILD, HARSHER)).needs_confirmation
    office.later(days=31)
    await fill_journal(office, *[0.1] * 5, 0.7)
    with pytest.raises(RefusedError, match=r"act on 1 of the last 6 comments \(17%\)"):
        await office.desk.policies.save(GUILD, HARSHER, ADA, "")
    saved = await office.desk.policies.save(GUILD, HARSHER, ADA, "", confirmed=True)
    assert saved.policy == HARSHER


async def test_switching_enforcement_on_is_a_change_that_acts() -> None:
    office = Office()
    await fill_journal(office, 0.1, 0.9)
    seen = await office.desk.policies.preview(GUILD, ENFORCING)
    assert (seen.acted_before, seen.acted_after) == (1, 1)
    assert (seen.enforced_before, seen.enforced_after) == (0, 1)
    assert seen.needs_confirmation
    assert seen.summary.endswith("Carried out: 1 instead of 0, 1 more; the rest is in shadow mode.")


async def test_less_than_now_needs_no_confirmation(office: Office) -> None:
    await fill_journal(office, 0.90, 0.97)
    assert not (await office.desk.policies.preview(GUILD, MILDER)).needs_confirmation


async def test_a_policy_goes_out_as_toml_and_comes_back_equal(office: Office) -> None:
    toml = await office.desk.policies.export_toml(GUILD)
    assert office.desk.policies.import_toml(toml) == ENFORCING
    with pytest.raises(BadPolicyError, match="the file, line 1: mode"):
        office.desk.policies.import_toml('mode = "on"')
    with pytest.raises(BadPolicyError, match="longer than 1,000,000"):
        office.desk.policies.import_toml("#" * 1_000_001)


async def test_a_text_is_tried_and_nothing_is_recorded(office: Office) -> None:
    tried = await office.desk.policies.test(GUILD, "you clod", PLACE)
    assert tried.verdict.decision is Decision.ACT
    assert tried.reason == tried.verdict.reason
    assert tried.follows == "A member without points would get 2 points: delete."
    assert (await office.desk.policies.test(GUILD, "fine")).follows == "Nothing would be done."
    flagged = await office.desk.policies.test(GUILD, "you maybe")
    assert flagged.follows == "It would be flagged: a human decides."
    assert await office.desk.review.search(GUILD, MAY, CaseFilter()) == []


async def test_trying_in_shadow_mode_says_that_nobody_would_be_touched() -> None:
    office = await Office(with_mode(BALANCED, Mode.SHADOW)).open_for_business()
    tried = await office.desk.policies.test(GUILD, "you clod")
    assert tried.follows.endswith("shadow mode: nobody would be touched.")


async def test_what_cannot_be_tried_is_said_so(office: Office) -> None:
    with pytest.raises(RefusedError, match="text is empty"):
        await office.desk.policies.test(GUILD, " ")
    office.scorer.failure = "the model is away"
    with pytest.raises(ScoringError, match="away"):
        await office.desk.policies.test(GUILD, "you clod")


async def test_explaining_names_the_version_that_set_a_value(office: Office) -> None:
    await office.desk.policies.save(GUILD, MILDER, ADA, "")
    settings = {s.key: s for s in await office.desk.policies.explain(GUILD, PLACE)}
    act = settings["categories.harassment.act"]
    assert (act.value, act.source) == ("0.95", "this server's policy, version 2")
    assert settings["categories.slur.act"].source == "preset balanced"
