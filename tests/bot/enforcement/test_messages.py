"""What members and moderators read: complete, plain, within Discord's limits, and harmless."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.action import Action
from bot.domain.appeal import Appeal, AppealState, Remark
from bot.domain.case import Case, CaseEvent, CaseState, Draft, EventKind, Origin, Strike
from bot.domain.comment import Author, Comment, Place
from bot.domain.effect import Effect, EffectKind, EffectState
from bot.domain.ids import AppealId, CommentId, EffectId, GuildId, MemberId, PlaceId
from bot.enforcement.buttons import APPEAL_PATTERN, CASE_PATTERN, case_buttons
from bot.enforcement.mod_log import Known, log_post
from bot.enforcement.notices import (
    Around,
    Told,
    appeal_news,
    return_of_text,
    statement,
)
from bot.enforcement.requests import Post
from bot.enforcement.shown_text import units
from config.guild import GuildSettings
from config.policy import Category, StepKind
from tests.bot.enforcement.cases import a_case_draft
from tests.bot.storage.drafts import a_hand_draft, hand_drafts

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOTHING = Known((), (), ())
GUILD = GuildId("11")
ID = EffectId("0123456789abcdef" * 4)


def an_effect(kind: EffectKind = EffectKind.NOTICE, *, text: str | None = None) -> Effect:
    return Effect(ID, GUILD, 7, 0, kind, EffectState.SENT, NOON, text=text)


def a_draft(text: str = "you are an idiot", name: str = "Mallory", **changes: Any) -> Draft:
    place = Place(GUILD, PlaceId("22"), PlaceId("33"))
    author = Author(MemberId("44"), name)
    comment = Comment(CommentId("55"), place, author, text, NOON, 1)
    until = NOON + timedelta(hours=1)
    action = changes.pop("action", Action(StepKind.TIMEOUT, until))
    return a_case_draft(comment, action, now=NOON, **changes)


def a_case(draft: Draft | None = None, state: CaseState = CaseState.APPLIED) -> Case:
    draft = draft or a_draft()
    return Case(7, draft, state, draft.action, draft.strike, settled_at=NOON)


def around(**settings: Any) -> Around:
    return Around("Garden", GuildSettings(**settings), NOON)


def reasons(case: Case | None = None, told: Told | None = None, **settings: Any) -> Post:
    told = told or Told(removed=True, step=StepKind.TIMEOUT)
    return statement(case or a_case(), an_effect(), told, around(**settings))


def words(post: Post) -> str:
    """Give all that is read in a post."""
    parts: list[str] = []
    for embed in post.embeds:
        parts += [embed.title or "", embed.description or "", embed.footer.text or ""]
        parts += [f"{field.name}: {field.value}" for field in embed.fields]
    return "\n".join(parts)


def test_the_reasons_say_what_where_why_by_whom_how_long_points_and_how_to_answer() -> None:
    said = words(reasons())
    assert "You are in a timeout on Garden" in said
    assert "Your comment in [this post](https://discord.com/channels/11/22) was removed." in said
    assert "> you are an idiot" in said
    assert "harassment (attacking or insulting somebody)" in said
    assert "an insult" in said
    assert "decided automatically" in said
    # 2 points halve every 14 days and are below half a point after two half-lives: 28 days.
    fades = discord.utils.format_dt(NOON + timedelta(days=28), "D")
    assert "You now have 2 points" in said
    assert f"They halve every 14 days, and are all but gone on {fades}." in said
    assert discord.utils.format_dt(NOON + timedelta(hours=1), "f") in said
    assert discord.utils.format_dt(NOON + timedelta(days=30), "f") in said  # the appeal window
    assert "Case #7 · 01234567" in said


def test_the_appeal_button_names_the_server_and_the_case() -> None:
    view = reasons().view
    assert view is not None
    (button,) = view.children
    assert isinstance(button, discord.ui.Button)
    assert button.custom_id == "evenhand:appeal:11:7"


def test_who_is_muted_from_appealing_has_no_button_and_is_told() -> None:
    post = reasons(muted_appellants=frozenset({"44"}))
    assert post.view is None
    assert "have closed appeals for you" in words(post)


def test_one_person_teams_do_not_promise_another_moderator() -> None:
    assert "A moderator who had no part in this looks" in words(reasons())
    assert "A moderator looks" in words(reasons(self_review=True))


def test_slurs_stay_hidden_until_somebody_wants_to_read_them() -> None:
    assert "> ||you are an idiot||" in words(reasons(a_case(a_draft(category=Category.SLUR))))


def test_a_step_by_hand_is_explained_in_the_moderators_words() -> None:
    case = a_case(a_hand_draft(guild="11", action=Action(StepKind.BAN)))
    said = words(reasons(case, Told(removed=False, step=StepKind.BAN)))
    assert "In the moderators' words: By hand\\: rude in voice chat." in said
    assert "A moderator decided this." in said
    assert "Your comment:" not in said


def test_a_decision_by_a_moderator_on_what_the_model_found_says_both() -> None:
    case = replace(a_case(), decided_by=MemberId("99"))
    assert "A moderator decided this. A program had pointed at it." in words(reasons(case))


def test_a_moderators_own_reason_and_strike_are_told() -> None:
    flagged = a_draft(action=None)
    case = replace(
        a_case(flagged), action=Action(StepKind.WARN), strike=Strike(NOON, NOON, 1.5),
        decided_by=MemberId("99"),
    )  # fmt: skip
    effect = an_effect(text="calm down, both of you")
    told = Told(removed=False, step=StepKind.WARN)
    said = words(statement(case, effect, told, around()))
    assert "In the moderators' words: calm down, both of you" in said
    assert "You now have 1.5 points" in said  # none before, and the strike's


def test_what_could_not_be_lifted_is_shown_to_moderators() -> None:
    timeline = [CaseEvent(NOON, EventKind.FAILED, None, "The ban could not be lifted. No.")]
    said = words(log_post(a_case(), an_effect(EffectKind.LOG), Known((), timeline, ())))
    assert "The ban could not be lifted." in said


@pytest.mark.parametrize("step", StepKind)
def test_every_step_has_a_title_and_says_what_it_means(step: StepKind) -> None:
    said = words(reasons(a_case(), Told(removed=True, step=step)))
    assert "Garden" in said
    assert "{" not in said


def test_where_the_step_failed_only_the_removal_is_told() -> None:
    said = words(reasons(told=Told(removed=True, step=None)))
    assert "Your comment on Garden was removed" in said
    assert "timeout" not in said


def test_erased_words_are_said_to_be_erased() -> None:
    hand = a_hand_draft(guild="11", place=Place(GUILD, PlaceId("22")))
    assert "no longer kept" in words(reasons(a_case(hand)))


def test_what_was_taken_back_returns_the_words_however_long() -> None:
    text = "never mind " * 300  # 3,300 letters: more than a field of 1,024 holds
    post = return_of_text(a_case(a_draft(text)), an_effect(text="It was a joke."), around())
    assert "has been taken back" in words(post)
    assert "**Why:** It was a joke." in words(post)
    assert len(post.embeds) == 2
    assert (post.embeds[1].description or "").count("never mind") == 300


def test_a_question_about_an_appeal_can_be_answered_and_a_decision_cannot() -> None:
    effect = an_effect(EffectKind.APPEAL_NEWS, text="What did you mean?")
    asked = appeal_news(a_case(), effect, around(), is_question=True)
    assert asked.view is not None
    assert "> What did you mean?" in words(asked)
    assert appeal_news(a_case(), effect, around(), is_question=False).view is None


def test_moderators_see_who_where_why_what_and_what_became_of_it() -> None:
    effects = [replace(an_effect(), state=EffectState.FAILED, error="Closed.")]
    remark = Remark(NOON, MemberId("44"), is_member=True, text="unfair")
    appeal = Appeal(AppealId("a"), GUILD, 7, MemberId("44"), AppealState.OPEN, NOON,
                    NOON + timedelta(days=7), (remark,))  # fmt: skip
    timeline = [CaseEvent(NOON, EventKind.NOTE, MemberId("9"), "seen before")]
    said = words(log_post(a_case(), an_effect(EffectKind.LOG), Known(effects, timeline, [appeal])))
    assert "Case #7: timeout, carried out" in said
    assert "<@44> Mallory (`44`)" in said
    assert "https://discord.com/channels/11/22/55" in said
    assert "> ||you are an idiot||" in said
    assert "insult scored 0.91, at or above the act threshold 0.80" in said
    assert "0 points → 2 points" in said
    assert "not delivered: Closed." in said
    assert "open, to be decided by" in said
    assert "seen before" in said


def test_what_a_human_must_confirm_is_said() -> None:
    action = Action(StepKind.DELETE, capped_from=StepKind.BAN)
    said = words(log_post(a_case(a_draft(action=action)), an_effect(EffectKind.LOG), NOTHING))
    assert "the ladder asks for a ban, which a human must confirm" in said


def test_news_stand_on_top() -> None:
    effect = an_effect(EffectKind.LOG, text="An appeal waits.")
    fields = log_post(a_case(), effect, NOTHING).embeds[0].fields
    assert (fields[0].name, fields[0].value) == ("News", "An appeal waits.")


@pytest.mark.parametrize(
    ("state", "verbs"),
    [
        (CaseState.REVIEW, ["approve", "act", "note", "context"]),
        (CaseState.APPLIED, ["uphold", "undo", "change", "note", "context"]),
        (CaseState.FAILED, ["act", "note", "context"]),
        (CaseState.SHADOW, ["note", "context"]),
        (CaseState.OVERTURNED, ["note", "context"]),
    ],
)
async def test_only_what_can_be_done_has_a_button(state: CaseState, verbs: list[str]) -> None:
    view = case_buttons(a_case(state=state))
    ids = [child.custom_id for child in view.children if isinstance(child, discord.ui.Button)]
    matches = [re.fullmatch(CASE_PATTERN, id_ or "") for id_ in ids]
    assert [match and match["verb"] for match in matches] == verbs
    assert all(match and match["number"] == "7" for match in matches)
    assert view.is_finished()  # so that discord.py does not keep it
    assert re.fullmatch(APPEAL_PATTERN, "evenhand:appeal:11:7")


SAID = st.text(st.characters(exclude_categories=()), max_size=200) | st.sampled_from(
    [
        "@everyone " * 400,
        "||" * 2000,
        "[a](https://b)" * 300,
        "👨‍👩‍👧" * 800,
        "`" * 4000,
        "x" * 4000,
    ]
)
STATES = st.sampled_from(CaseState)


@given(st.tuples(SAID, SAID, SAID), st.sampled_from(StepKind), STATES, st.booleans())
def test_whatever_is_said_fits_into_a_message(
    said: tuple[str, str, str], step: StepKind, state: CaseState, removed: bool
) -> None:
    text, name, reason = said
    case = a_case(a_draft(text, name, reason=reason, action=Action(step, NOON)), state)
    case = replace(case, failure=reason, decided_by=MemberId("9"))
    told = Told(removed=removed, step=step)
    place = Around(name, GuildSettings(rules_url="https://x.y/" + "z" * 280), NOON)
    effect = an_effect(EffectKind.LOG, text=reason)
    timeline = [CaseEvent(NOON, EventKind.NOTE, None, text)] * 5
    effects = [replace(an_effect(), state=EffectState.FAILED, error=reason)]
    for post in (
        statement(case, effect, told, place),
        return_of_text(case, effect, place),
        appeal_news(case, effect, place, is_question=removed),
        log_post(case, effect, Known(effects, timeline, [])),
    ):
        _expect_to_fit(post.embeds)


@given(hand_drafts(), STATES)
def test_any_case_by_hand_can_be_shown(draft: Draft, state: CaseState) -> None:
    if draft.origin is Origin.MODEL:
        return
    case = a_case(draft, state)
    told = Told(removed=False, step=StepKind.WARN)
    _expect_to_fit(log_post(case, an_effect(EffectKind.LOG), NOTHING).embeds)
    _expect_to_fit(statement(case, an_effect(), told, around()).embeds)


def _expect_to_fit(embeds: Sequence[discord.Embed]) -> None:
    """Hold embeds against Discord's limits, counted as its clients count."""
    assert len(embeds) <= 10
    whole = 0
    for embed in embeds:
        sizes = [units(embed.title or ""), units(embed.description or "")]
        assert sizes[0] <= 256
        assert sizes[1] <= 4096
        assert len(embed.fields) <= 25
        for field in embed.fields:
            assert field.name
            assert field.value
            assert units(field.name) <= 256
            assert units(field.value) <= 1024
            sizes += [units(field.name), units(field.value)]
        whole += sum(sizes) + units(embed.footer.text or "")
    assert whole <= 6000
