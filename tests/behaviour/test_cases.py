"""Moderators and the record: undo that really reverses, the mod-log's buttons, lists, files."""

import csv
import io
import json
from datetime import timedelta

from bot.domain.case import CaseState, EventKind
from config.policy import StepKind
from tests.behaviour.office import kinds, log_of, reply
from tests.behaviour.world import (
    FLAGGED,
    FOR_A_DAY,
    TIMED_OUT,
    WARNED,
    World,
    labels,
    member_id,
    said,
    words,
)


async def test_undo_really_reverses_and_says_so(world: World) -> None:
    await world.set_up()
    await world.quarrel(TIMED_OUT)
    assert world.is_timed_out(world.rat)

    undone = await world.mona.slash(
        world.lounge, "case undo", number=1, reason="It was a line from a play."
    )

    assert "Case #1 is undone" in said(undone)
    assert undone.ephemeral
    case = await world.case()
    assert case.state is CaseState.OVERTURNED
    assert case.decided_by == member_id(world.mona)
    assert not world.is_timed_out(world.rat)
    standing = await world.bot.desk.standing.of(world.id, member_id(world.rat))
    assert standing.points == 0
    _notice, news = world.directs(world.rat)
    assert "It was a line from a play" in words(news)
    assert "I will come for you" in words(news)  # their words, to post again
    assert "overturned" in words(log_of(world, 1))
    again = await world.mona.slash(world.lounge, "case undo", number=1, reason="Once more.")
    assert "overturned" in said(again)


async def test_undoing_a_case_lifts_the_later_step_it_had_led_to(world: World) -> None:
    await world.set_up()
    await world.quarrel(TIMED_OUT)  # 3 points: an hour
    await world.env.advance_time(3 * 3600)
    await world.quarrel(WARNED)  # 1 point more on top of nearly 3: a timeout, not a warning
    [_, second] = await world.cases()
    assert second.action is not None
    assert second.action.kind is StepKind.TIMEOUT

    undone = await world.mona.slash(world.lounge, "case undo", number=1, reason="A quotation.")

    assert "Lifted with it, because it had led to them: #2" in said(undone)
    assert not world.is_timed_out(world.rat)


async def test_a_case_is_undone_from_the_mod_log(world: World) -> None:
    await world.set_up()
    await world.quarrel(TIMED_OUT)

    form = await world.omar.click(log_of(world, 1), label="Undo")
    assert form.modal is not None
    undone = await world.omar.submit_modal(form, {"reason": "Wrong person."})

    assert "Case #1 is undone" in said(undone)
    assert undone.ephemeral
    assert not world.is_timed_out(world.rat)
    assert "Undo" not in labels(log_of(world, 1).components)


async def test_a_step_is_changed_from_the_mod_log(world: World) -> None:
    await world.set_up()
    await world.quarrel(TIMED_OUT)

    form = await world.mona.click(log_of(world, 1), label="Change")
    changed = await world.mona.submit_modal(
        form, {"step": ["warn"], "reason": "A timeout is too much for a first time."}
    )

    assert "Case #1 is replaced" in said(changed)
    first, second = await world.cases()
    assert first.state is CaseState.OVERTURNED
    assert (second.action and second.action.kind) is StepKind.WARN
    assert second.strike is not None
    assert not world.is_timed_out(world.rat)


async def test_a_timeout_that_is_changed_to_a_shorter_one_ends_sooner(world: World) -> None:
    await world.set_up()
    await world.quarrel(FOR_A_DAY)
    [case] = await world.cases()

    form = await world.mona.click(log_of(world, 1), label="Change")
    answers = {"step": ["timeout"], "length": "10m", "reason": "A day is too long."}
    changed = await world.mona.submit_modal(form, answers)

    assert "Case #1 is replaced" in said(changed)
    assert case.action is not None
    assert case.action.until == case.draft.opened_at + timedelta(days=1)
    assert world.is_timed_out(world.rat)
    await world.env.advance_time(timedelta(minutes=11).total_seconds())
    assert not world.is_timed_out(world.rat)


async def test_a_right_decision_is_upheld_and_noted_on_from_the_mod_log(world: World) -> None:
    await world.set_up()
    await world.quarrel(TIMED_OUT)

    form = await world.mona.click(log_of(world, 1), label="Uphold")
    assert "marked as right" in said(await world.mona.submit_modal(form, {}))
    form = await world.omar.click(log_of(world, 1), label="Note")
    noted = await world.omar.submit_modal(form, {"reason": "He has been asked to stop."})
    assert noted.ephemeral

    assert (await world.case()).state is CaseState.APPLIED
    assert (await kinds(world))[-2:] == [EventKind.UPHELD, EventKind.NOTE]
    assert world.is_timed_out(world.rat)


async def test_more_context_shows_what_stood_around_and_the_record(world: World) -> None:
    await world.set_up()
    thread, _ = await world.quarrel(FLAGGED)
    await world.salt.send(thread, "Easy now, it is only a timetable.")

    shown = await world.mona.click(log_of(world, 1), label="More context")

    assert shown.ephemeral
    text = said(shown)
    assert "only a timetable" in text
    assert "insult" in text
    assert "0 points now" in text
    assert "opened" in text


async def test_a_case_is_shown_with_its_scores_and_timeline(world: World) -> None:
    await world.set_up()
    await world.quarrel(TIMED_OUT)
    noted = await world.mona.slash(world.lounge, "case note", number=1, text="Ask his brother.")
    assert "Noted in case #1" in said(noted)

    shown = await world.mona.slash(world.lounge, "case show", number=1)

    assert shown.ephemeral
    text = said(shown)
    assert "> ||You wretch, I will come for you" in text  # out of sight until wanted
    assert "`0.90`\N{NO-BREAK SPACE}threat" in text
    assert f"**note** by <@{world.mona.id}>: Ask his brother" in text
    assert labels(shown.response.components) == ["Uphold", "Undo", "Change", "Note", "More context"]
    missing = await world.mona.slash(world.lounge, "case show", number=99)
    assert "There is no case 99" in said(missing)


async def test_cases_are_listed_and_searched(world: World) -> None:
    await world.set_up()
    thread = await world.post(world.rat, "Reply")
    first = thread.history()[0]
    await world.quarrel(TIMED_OUT)
    await world.salt.send(thread, FLAGGED, reply_to=first)

    everything = said(await world.mona.slash(world.lounge, "case list"))
    assert everything.index("**#2**") < everything.index("**#1**")
    of_rat = said(await world.mona.slash(world.lounge, "case list", member=world.rat))
    assert "**#1**" in of_rat
    assert "**#2**" not in of_rat
    waiting = said(await world.mona.slash(world.lounge, "case list", state="review"))
    assert "**#2**" in waiting
    assert "**#1**" not in waiting
    by_people = await world.mona.slash(world.lounge, "case list", opened_by="people")
    assert "No such cases" in said(by_people)
    found = said(await world.mona.slash(world.lounge, "case search", words="SALT"))
    assert "**#2**" in found
    assert "**#1**" not in found


async def test_case_numbers_are_offered_with_member_and_reason(world: World) -> None:
    await world.set_up()
    await world.quarrel(FLAGGED)
    await world.quarrel(TIMED_OUT)

    offered = await world.mona.autocomplete(world.lounge, "case show", "number", "")
    assert [choice["value"] for choice in offered] == [2, 1]
    assert offered[0]["name"].startswith("#2 · harbour-rat · incitement")
    undoable = await world.mona.autocomplete(world.lounge, "case undo", "number", "")
    assert [choice["value"] for choice in undoable] == [2]
    waiting = await world.mona.autocomplete(world.lounge, "queue claim", "number", "")
    assert [choice["value"] for choice in waiting] == [1]


async def test_cases_are_exported_as_json_and_as_a_table(world: World) -> None:
    await world.set_up()
    await world.quarrel(FLAGGED)
    await world.quarrel(TIMED_OUT)

    exported = await world.mona.slash(world.lounge, "case export")
    assert exported.ephemeral
    [file] = reply(exported).attachments
    cases = json.loads(await file.read())["cases"]
    assert [case["case"] for case in cases] == [2, 1]
    assert cases[0]["judgement"]["scores"]["threat"] == 0.9
    assert "applied" in [event["kind"] for event in cases[0]["timeline"]]

    exported = await world.mona.slash(world.lounge, "case export", number=2, format="csv")
    [file] = reply(exported).attachments
    [row] = csv.DictReader(io.StringIO((await file.read()).decode("utf-8-sig")))
    assert row["case"] == "2"
    assert row["text"] == TIMED_OUT


async def test_a_members_record_shows_points_fading_and_cases(world: World) -> None:
    await world.set_up()
    await world.quarrel(TIMED_OUT)

    shown = await world.mona.slash(world.lounge, "member show", member=world.rat)

    assert shown.ephemeral
    text = said(shown)
    assert "3 points, below half a point <t:" in text
    assert "halving every 30 days" in text
    assert "**#1**" in text
    clean = said(await world.mona.slash(world.lounge, "member show", member=world.salt))
    assert "0 points" in clean
    assert "No cases" in clean


async def test_words_meant_to_ping_ping_nobody_wherever_moderators_see_them(world: World) -> None:
    await world.set_up()
    thread = await world.post(world.salt)
    loud = f"{TIMED_OUT} @everyone <@{world.mona.id}> [free boats](https://example.org)"
    await world.rat.send(thread, loud, reply_to=thread.history()[0])

    shown = said(await world.mona.slash(world.lounge, "case show", number=1))
    listed = said(await world.mona.slash(world.lounge, "case list"))

    for text in (shown, listed, words(log_of(world, 1))):
        assert "@everyone" not in text.replace("\\@everyone", "")
        assert "](https://example.org)" not in text
    sent = [
        request.json.get("data", request.json)
        for request in world.env.http_requests
        if request.method in {"POST", "PATCH"} and isinstance(request.json, dict)
    ]
    posts = [body for body in sent if {"content", "embeds"} & set(body)]
    assert posts
    assert all(body.get("allowed_mentions") == {"parse": []} for body in posts)
