from collections.abc import Callable
from datetime import timedelta
from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.judgement import Judgement
from bot.domain.verdict import Decision
from bot.statistics.plots import (
    BARS_HEIGHT,
    BINS,
    DOT,
    FEW_COMMENTS,
    LANE_HEIGHT,
    NOMINAL_WIDTH,
    WORDS_WIDTH,
    distributions,
    everyone,
    lane,
    placer,
)
from bot.statistics.summary import summarise
from config.policy import Category

ACT, FLAG, ALLOW = Decision.ACT, Decision.FLAG, Decision.ALLOW
SLUR, HARASSMENT = Category.SLUR, Category.HARASSMENT
THRESHOLDS = {SLUR: (0.4, 0.7)}


@given(st.lists(st.floats(0, 1), max_size=26))
def test_every_score_has_its_own_dot_at_its_own_place(
    judgement: Callable[..., Judgement], scores: list[float]
) -> None:
    judgements = [judgement(n, scores={SLUR: s}) for n, s in enumerate(scores, 1)]
    panel = distributions(judgements, THRESHOLDS)[SLUR]
    assert sorted(mark.x for mark in panel.marks) == sorted(scores)
    assert all(0 < mark.y < panel.height for mark in panel.marks)
    for a, b in combinations(panel.marks, 2):
        beside = abs(a.x - b.x) * NOMINAL_WIDTH
        assert beside >= DOT * 0.999 or abs(a.y - b.y) >= DOT * 0.999


def test_a_dot_is_marked_by_what_its_own_category_asked_for(
    judgement: Callable[..., Judgement],
) -> None:
    mixed = judgement(7, "rat", {SLUR: 0.1, HARASSMENT: 0.9}, {HARASSMENT: ACT})
    panels = distributions([mixed], {SLUR: (0.4, 0.7), HARASSMENT: (0.6, 0.85)})
    [quiet], [loud] = panels[SLUR].marks, panels[HARASSMENT].marks
    assert (quiet.decision, loud.decision) == (ALLOW, ACT)
    assert loud.comment == 7
    assert loud.title == "#7 rat: 0.90"


def test_both_thresholds_are_drawn_where_they_are(judgement: Callable[..., Judgement]) -> None:
    panel = distributions([judgement(1, scores={SLUR: 0.1})], THRESHOLDS)[SLUR]
    assert [(r.x, r.decision, r.words) for r in panel.rules] == [
        (0.4, Decision.FLAG, "flag 0.40"),
        (0.7, Decision.ACT, "act 0.70"),
    ]


@given(st.floats(0, 1), st.floats(0, 1))
def test_no_threshold_crosses_the_words_of_the_other_and_no_words_leave_the_plot(
    one: float, other: float
) -> None:
    flag, act = distributions([], {SLUR: (min(one, other), max(one, other))})[SLUR].rules

    assert flag.is_high != act.is_high  # so words never stand on words
    for rule, beside in ((flag, act), (act, flag)):
        ends = (rule.x - WORDS_WIDTH, rule.x) if rule.is_left else (rule.x, rule.x + WORDS_WIDTH)
        assert 0 <= ends[0] <= ends[1] <= 1
        # A line reaches up to its own words' row: the higher line passes the lower words.
        assert not beside.is_high or not ends[0] < beside.x < ends[1]


def test_what_was_acted_on_is_drawn_over_what_was_flagged(
    judgement: Callable[..., Judgement],
) -> None:
    judgements = [judgement(n, "rat", {SLUR: 0.9}, {SLUR: ACT if n == 1 else FLAG}, minutes=n)
                  for n in range(1, 120)]  # fmt: skip
    judgements.append(judgement(120, "rat", {SLUR: 0.1}, minutes=120))
    place = placer(judgements, has_times=True)
    [record] = summarise(judgements).judged_members
    bars = distributions(judgements, THRESHOLDS)[SLUR]
    assert bars.boxes
    panels = [bars, everyone(judgements, place, has_times=True), lane(record, place, most=1.0)]
    assert [panel.marks[-1].decision for panel in panels] == [ACT] * 3
    assert panels[1].marks[0].decision is ALLOW


def test_towers_of_dots_become_bars_by_the_root_of_their_count(
    judgement: Callable[..., Judgement],
) -> None:
    # 100 comments at 0 and 4 at 0.9: the roots are 10 and 2.
    judgements = [judgement(n, scores={SLUR: 0.0}) for n in range(1, 101)]
    judgements += [judgement(n, "rat", {SLUR: 0.91}, {SLUR: ACT}) for n in range(101, 105)]
    panel = distributions(judgements, THRESHOLDS)[SLUR]
    low, high = panel.boxes
    assert (low.x, low.height) == (0.0, BARS_HEIGHT)
    assert (high.x, high.height) == (36 / BINS, BARS_HEIGHT / 5)
    assert [mark.comment for mark in panel.marks] == [101, 102, 103, 104]
    # 10 stands at sqrt(10) / 10 of the height, 100 at the top.
    assert [level.words for level in panel.levels] == ["10", "100"]
    assert abs(panel.levels[0].y - BARS_HEIGHT * (1 - 10**0.5 / 10)) < 1e-9


def test_bars_count_every_comment_and_a_category_without_scores_has_none(
    judgement: Callable[..., Judgement],
) -> None:
    judgements = [judgement(n, scores={SLUR: n % 5 / 4}) for n in range(1, 1001)]
    panels = distributions(judgements, {SLUR: (0.4, 0.7), HARASSMENT: (0.6, 0.85)})
    counted = [int(box.title.split()[0]) for box in panels[SLUR].boxes]
    assert counted == [200] * 5
    assert panels[HARASSMENT].boxes == ()
    assert panels[HARASSMENT].description == "No comment has a score in this category."


def test_a_plot_is_told_in_words(judgement: Callable[..., Judgement]) -> None:
    # Eleven scores in steps of 0.1.
    judgements = [judgement(n, scores={SLUR: (n - 1) / 10}) for n in range(1, 12)]
    assert distributions(judgements, THRESHOLDS)[SLUR].description == (
        "Half of the scores are at or below 0.50, nine in ten at or below 0.90; "
        "the highest is 1.00."
    )


def test_the_timeline_goes_by_time_or_else_by_order(judgement: Callable[..., Judgement]) -> None:
    judgements = [judgement(n, minutes=m) for n, m in ((1, 0), (2, 90), (3, 100))]
    by_time = placer(judgements, has_times=True)
    assert [by_time(j) for j in judgements] == [0.0, 0.9, 1.0]
    by_order = placer(judgements, has_times=False)
    assert [by_order(j) for j in judgements] == [0.0, 0.5, 1.0]


@given(st.lists(st.floats(0, 5_000_000) | st.floats(0, 70_000_000), max_size=40), st.booleans())
def test_a_timeline_holds_everyone_within_its_ends(
    judgement: Callable[..., Judgement], minutes: list[float], has_times: bool
) -> None:
    judgements = [judgement(n, minutes=m) for n, m in enumerate(minutes, 1)]
    place = placer(judgements, has_times=has_times)
    panel = everyone(judgements, place, has_times=has_times)
    assert len(panel.marks) == len(minutes)
    assert all(0 <= mark.x <= 1 for mark in panel.marks)
    assert len(panel.ticks) <= 5
    assert all(-1e-9 <= tick.x <= 1 + 1e-9 for tick in panel.ticks)
    assert all(b.x - a.x >= 0.15 for a, b in pairwise(panel.ticks))


def test_ticks_are_round_times_and_name_the_day_where_it_changes(
    judgement: Callable[..., Judgement],
) -> None:
    # From 18:00 to 10:00 the next day is 16 hours; in steps of 6 h from midnight: 18, 0, 6.
    judgements = [judgement(1, minutes=0), judgement(2, minutes=16 * 60)]
    ticks = everyone(judgements, placer(judgements, has_times=True), has_times=True).ticks
    assert [tick.words for tick in ticks] == ["18:00", "12 Mar", "06:00"]
    assert [tick.x for tick in ticks] == [0.0, 6 / 16, 12 / 16]


def test_over_many_years_ticks_are_round_years(judgement: Callable[..., Judgement]) -> None:
    # 11 March 2024 and 130 times 365.25 days later: 130 years / 4.5 is 28.9, so every 50.
    judgements = [judgement(1, minutes=0), judgement(2, minutes=130 * 365.25 * 24 * 60)]
    ticks = everyone(judgements, placer(judgements, has_times=True), has_times=True).ticks
    assert [tick.words for tick in ticks] == ["2050", "2100", "2150"]
    # From 11 March 2024 to 1 January 2050 are 9,427 days of 47,482.5.
    assert abs(ticks[0].x - (9_427 - 18 / 24) / 47_482.5) < 1e-9


def test_without_times_ticks_are_round_numbers(judgement: Callable[..., Judgement]) -> None:
    judgements = [judgement(n) for n in range(1, 32)]
    ticks = everyone(judgements, placer(judgements, has_times=False), has_times=False).ticks
    assert [tick.words for tick in ticks] == ["#10", "#20", "#30"]


def test_a_crowd_is_counted_in_bars_but_each_judged_comment_is_marked(
    judgement: Callable[..., Judgement],
) -> None:
    judgements = [judgement(n) for n in range(1, FEW_COMMENTS + 102)]
    judgements[50] = judgement(51, "rat", asked={SLUR: ACT})
    panel = everyone(judgements, placer(judgements, has_times=False), has_times=False)
    assert [mark.comment for mark in panel.marks] == [51]
    assert sum(int(box.title.split()[0]) for box in panel.boxes) == FEW_COMMENTS + 100
    assert max(box.height for box in panel.boxes) == LANE_HEIGHT


def test_a_lane_shows_points_from_each_comment_to_the_next(
    judgement: Callable[..., Judgement],
) -> None:
    judgements = [
        judgement(1, "Marta", minutes=0),
        judgement(2, "rat", asked={SLUR: ACT}, minutes=25, points=2.0),
        judgement(3, "rat", minutes=50, points=1.0),
        judgement(4, "Marta", minutes=100),
    ]
    place = placer(judgements, has_times=True)
    [record] = summarise(judgements).judged_members
    panel = lane(record, place, most=4.0)
    # The room is the lane less two dots; 4 points fill it, 2 fill half and 1 a quarter.
    room = LANE_HEIGHT - 2 * DOT
    assert [(b.x, b.width, b.height) for b in panel.boxes] == [
        (0.25, 0.25, room / 2),
        (0.5, 0.5, room / 4),
    ]
    assert [(m.x, m.y, m.decision) for m in panel.marks] == [
        (0.5, LANE_HEIGHT - room / 4, ALLOW),
        (0.25, LANE_HEIGHT - room / 2, ACT),
    ]
    assert panel.description == "2 comments, 1 judged, at most 2.0 points, 1.0 at the end."


def test_comments_of_one_moment_share_one_place(judgement: Callable[..., Judgement]) -> None:
    together = [judgement(n, minutes=5) for n in range(1, 4)]
    panel = everyone(together, placer(together, has_times=True), has_times=True)
    assert [mark.x for mark in panel.marks] == [0.0] * 3
    assert panel.ticks == ()
    assert together[0].comment.created_at.utcoffset() == timedelta(0)
