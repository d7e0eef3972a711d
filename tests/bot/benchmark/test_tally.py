"""From rounds to figures: ratios within a round, medians over rounds, shares of the floor."""

from bot.benchmark.figures import Figures, Row


def row(figures: Figures, name: str, model: str = "compact") -> Row:
    [found] = [row for row in figures.rows if (row.name, row.model) == (name, model)]
    return found


def test_a_ratio_is_the_median_of_the_ratios_within_rounds(figures: Figures) -> None:
    bulk = row(figures, "Evenhand, all at once")
    # On its own model 50/5 and 50/10, on the twin 50/1 and 50/2: medians 7.5 and 37.5.
    assert bulk.ratio_to_detoxify_one_by_one == 7.5
    assert bulk.ratio_to_original_one_by_one == 37.5


def test_the_reference_is_one_time_itself(figures: Figures) -> None:
    reference = row(figures, "Detoxify.predict, one by one", "original's size")
    assert reference.ratio_to_detoxify_one_by_one == 1.0
    assert reference.ratio_to_original_one_by_one == 1.0


def test_the_floor_is_the_peak_over_what_a_comment_takes(figures: Figures) -> None:
    [ours] = [floor for floor in figures.floors if floor.model == "compact"]
    # 4e7 operations for two comments; the median of 1e9 and 3e9 is 2e9: 100 comments a second.
    assert ours.operations_a_comment == 20_000_000
    assert ours.comments_per_second == 100.0
    assert ours.tokens_a_comment == 50.0
    # Within rounds: 50 of 50, and 50 of 150.
    assert row(figures, "Evenhand, all at once").share_of_floor == 0.6667


def test_a_raid_has_no_share_of_the_floor_since_most_of_it_is_not_scored(figures: Figures) -> None:
    assert row(figures, "Evenhand, in a raid").share_of_floor is None


def test_each_model_has_one_floor(figures: Figures) -> None:
    assert sorted(floor.model for floor in figures.floors) == ["compact", "original's size"]


def test_the_bots_latencies_are_those_at_half_load(figures: Figures) -> None:
    bot = row(figures, "Evenhand, as a bot runs it")
    assert (bot.p50_ms, bot.p95_ms) == (10.0, 10.0)
    # The 99th of a hundred is nearly the last but one: 10 ms and 1 % of the way to 500 ms.
    assert bot.p99_ms == 14.9


def test_one_comment_alone_is_the_median_over_rounds_of_medians(figures: Figures) -> None:
    assert (figures.alone_ms.median, figures.alone_ms.low, figures.alone_ms.high) == (3.0, 2.0, 4.0)


def test_what_became_of_requests_adds_up_over_rounds(figures: Figures) -> None:
    half, over = figures.server.load
    assert (half.share, over.share) == (0.5, 1.5)
    # 30 and 80 answered, 28 and 40 refused, 2 late, 1 something else: 181 were asked for.
    assert (over.comments, over.answered) == (181, 110)
    assert (over.refused, over.late, over.other) == (68, 2, 1)
    # Medians of 60 and 80 asked a second, and of 30 and 80/2 answered a second.
    assert (over.rate, over.answered_a_second) == (70.0, 35.0)
    assert (half.p50_ms, over.p99_ms) == (20.0, 800.0)


def test_a_requests_overhead_is_the_median_over_rounds(figures: Figures) -> None:
    over = figures.server.overhead_ms
    assert (over.median, over.low, over.high) == (0.9, 0.8, 1.0)
    empty = figures.server.empty_ms
    assert (empty.median, empty.low, empty.high) == (0.4, 0.3, 0.5)


def test_loads_come_in_order(figures: Figures) -> None:
    assert [(load.share, load.rate) for load in figures.load] == [(0.25, 10.0), (0.5, 20.0)]
