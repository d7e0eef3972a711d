"""What is on a member's record, what is kept, and what an erasure leaves."""

from datetime import timedelta

import pytest

from bot.policy.edits import with_mode
from config.policy import Mode
from tests.bot.moderation.office import ANN, BALANCED, BOB, GUILD, MAY, MONDAY, Office


async def test_a_clean_record_says_what_a_first_breach_leads_to(office: Office) -> None:
    standing = await office.desk.standing.of(GUILD, ANN.id)
    assert (standing.points, standing.fades_at, standing.cases) == (0, None, [])
    assert standing.next_step == "A further breach leads at least to: warn."


async def test_points_and_when_they_fade(office: Office) -> None:
    # 2 points halve to 1 in 30 days and to half a point in 60.
    case = await office.sanctioned(ANN, "you clod")
    standing = await office.desk.standing.of(GUILD, ANN.id)
    assert standing.points == 2
    assert standing.half_life == timedelta(days=30)
    assert standing.fades_at == MONDAY + timedelta(days=60)
    assert standing.cases == [case]
    # 2 and at least 1 more are 3: past 2.5, where a timeout of an hour begins.
    assert standing.next_step == "A further breach leads at least to: timeout for 1 hour."
    office.later(days=30)
    assert await office.points(ANN) == 1


async def test_shadow_cases_are_on_nobodys_record() -> None:
    office = await Office(with_mode(BALANCED, Mode.SHADOW)).open_for_business()
    await office.sanctioned(ANN, "you clod")
    standing = await office.desk.standing.of(GUILD, ANN.id)
    assert (standing.points, standing.cases) == (0, [])


async def test_what_is_kept_is_said_with_how_long(office: Office) -> None:
    await office.sanctioned(ANN, "you twit")
    kept = await office.desk.privacy.stored(GUILD, ANN.id)
    assert kept.counts.cases == 1
    said = " ".join(kept.sentences)
    # 30 days to appeal in and 90 more.
    for part in ("Cases: 1.", "for 120 days", "for 48 hours", "encrypted", "erased at any time"):
        assert part in said


async def test_an_export_has_what_was_said(office: Office) -> None:
    await office.sanctioned(ANN, "you twit")
    copy = await office.desk.privacy.export(GUILD, ANN.id)
    assert "you twit" in str(copy)
    assert "you twit" not in str(await office.desk.privacy.export(GUILD, BOB.id))


async def test_evidence_stays_until_it_can_no_longer_be_appealed_against(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    erased = await office.desk.privacy.erase(GUILD, ANN.id)
    assert erased.kept_cases == (case.number,)
    assert erased.kept_until == MONDAY + timedelta(days=30)
    assert "The text of case 1 is evidence" in erased.sentence
    assert "until 2026-04-01 09:00 UTC" in erased.sentence
    assert (await office.current(case)).draft.text == "you twit"
    office.later(days=30)
    again = await office.desk.privacy.erase(GUILD, ANN.id)
    assert (again.kept_cases, again.kept_until) == ((), None)
    assert not (await office.current(case)).draft.text


async def test_evidence_under_appeal_has_no_end_that_could_be_named(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    await office.appealed(ANN, case)
    office.later(days=40)
    erased = await office.desk.privacy.erase(GUILD, ANN.id)
    assert (erased.kept_cases, erased.kept_until) == ((case.number,), None)
    assert "until it is decided" in erased.sentence


async def test_an_undecided_case_is_evidence_and_a_dismissed_one_is_not(office: Office) -> None:
    flagged = await office.sanctioned(ANN, "you maybe")
    assert (await office.desk.privacy.erase(GUILD, ANN.id)).kept_cases == (flagged.number,)
    await office.desk.review.approve(GUILD, flagged.number, MAY)
    erased = await office.desk.privacy.erase(GUILD, ANN.id)
    assert erased.kept_cases == ()
    assert erased.sentence.endswith("Scores and ids without words stay.")


@pytest.mark.parametrize(("days", "is_there"), [(119, True), (121, False)])
async def test_the_sweep_forgets_when_the_time_is_over(
    office: Office, days: int, *, is_there: bool
) -> None:
    case = await office.sanctioned(ANN, "you twit")
    office.later(days=days)
    await office.desk.privacy.sweep()
    assert bool((await office.current(case)).draft.text) is is_there
