"""The commands under a comment: moderators judge it, members report it."""

from bot.domain.case import CaseState, Origin
from tests.behaviour.office import log_of, reply
from tests.behaviour.world import (
    CALM,
    FLAGGED,
    TIMED_OUT,
    World,
    member_id,
    said,
    words,
)


async def test_judging_a_comment_shows_why_and_records_nothing(world: World) -> None:
    await world.set_up()
    comment = await world.rat.send(world.lounge, FLAGGED)

    shown = await world.mona.context_menu(world.lounge, "Judge this comment", comment)

    assert shown.ephemeral
    text = said(shown)
    assert "Verdict here: flag" in text
    assert "`0.70` insult" in text
    assert "**harassment** 0.70 (insult), flag from 0.60" in text
    assert await world.cases() == []
    assert world.directs(world.rat) == []


async def test_a_judged_comment_becomes_a_case_only_when_asked(world: World) -> None:
    await world.set_up()
    comment = await world.rat.send(world.lounge, TIMED_OUT)
    shown = await world.mona.context_menu(world.lounge, "Judge this comment", comment)

    opened = await world.mona.click(reply(shown), label="Open a case")

    assert "Case #1: waits for a moderator" in said(opened)
    case = await world.case()
    assert (case.state, case.action) == (CaseState.REVIEW, None)
    assert not world.is_timed_out(world.rat)
    assert "threat" in said(await world.mona.slash(world.lounge, "queue next"))


async def test_a_harmless_comment_can_be_put_into_the_queue_all_the_same(world: World) -> None:
    await world.set_up()
    comment = await world.rat.send(world.lounge, CALM)
    shown = await world.mona.context_menu(world.lounge, "Judge this comment", comment)
    assert "Verdict here: allow" in said(shown)

    await world.mona.click(reply(shown), label="Open a case")

    case = await world.case()
    assert (case.state, case.draft.origin) == (CaseState.REVIEW, Origin.REPORT)


async def test_a_member_reports_a_comment_and_stays_among_moderators(world: World) -> None:
    await world.set_up()
    thread = await world.post(world.rat, "Boats", CALM)
    comment = thread.history()[0]

    form = await world.salt.context_menu(thread, "Report to moderators", comment)
    reported = await world.salt.submit_modal(form, {"reason": "He sells what is not his."})

    assert "Thank you" in said(reported)
    assert reported.ephemeral
    case = await world.case()
    assert (case.state, case.draft.origin) == (CaseState.REVIEW, Origin.REPORT)
    assert "what is not his" in words(log_of(world, 1))
    form = await world.mona.context_menu(thread, "Report to moderators", comment)
    await world.mona.submit_modal(form, {"reason": "Me too."})
    assert len(await world.cases()) == 1  # one case a comment, whoever reports it
    await world.mona.slash(
        world.lounge, "queue act", number=1, step="delete", reason="Not his boat."
    )
    [notice] = world.directs(world.rat)
    assert "old-salt" not in words(notice)
    assert str(world.salt.id) not in words(notice)
    record = await world.rat.slash(world.lounge, "record show")
    case = await world.rat.slash(world.lounge, "record case", number=1)
    copy = await world.bot.desk.privacy.export(world.id, member_id(world.rat))
    for told in (said(record), said(case), str(copy)):
        assert "what is not his" not in told
        assert "a member reported it" in told
    assert "Not his boat." in said(case)


async def test_who_reports_what_was_decided_already_is_told_so(world: World) -> None:
    await world.set_up()
    thread, comment = await world.quarrel(FLAGGED)
    await world.mona.slash(world.lounge, "queue approve", number=1)

    form = await world.salt.context_menu(thread, "Report to moderators", comment)
    reported = await world.salt.submit_modal(form, {"reason": "Still rude."})

    assert "in case #1 already, and your report is noted there" in said(reported)
    assert len(await world.cases()) == 1


async def test_own_comments_and_the_bots_posts_are_not_reported(world: World) -> None:
    await world.set_up()
    thread, _ = await world.quarrel(FLAGGED)
    own = thread.history()[0]

    form = await world.salt.context_menu(thread, "Report to moderators", own)
    refused = await world.salt.submit_modal(form, {"reason": "Me?"})
    assert "your own comment" in said(refused)
    refused = await world.mona.context_menu(world.log, "Report to moderators", log_of(world, 1))
    assert "not a member's comment" in said(refused)
    assert len(await world.cases()) == 1


async def test_the_next_moderator_reads_who_reported_what(world: World) -> None:
    await world.set_up()
    thread = await world.post(world.rat, "Boats", CALM)
    form = await world.salt.context_menu(thread, "Report to moderators", thread.history()[0])
    await world.salt.submit_modal(form, {"reason": "He sells what is not his."})

    card = said(await world.mona.slash(world.lounge, "queue next"))

    assert f"by <@{world.salt.id}>" in card
    assert "what is not his" in card


async def test_a_comment_without_words_is_not_judged(world: World) -> None:
    await world.set_up()
    comment = await world.rat.send(world.lounge, "anchor")
    stored = world.env.backend.get_message(world.lounge.id, comment.id)
    stored.content = ""  # a sticker alone, which simcord's people cannot send

    refused = await world.mona.context_menu(world.lounge, "Judge this comment", comment)

    assert "has no words to judge" in said(refused)
