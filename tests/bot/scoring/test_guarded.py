"""The watched engine: death, hanging and babble cost nobody their scores. No sleeps."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Passage, Score, Scores
from bot.errors import BadInputError, ModelUnavailableError, ScoringError
from bot.scoring import own_process
from bot.scoring.batcher import Batcher, Priority
from bot.scoring.engine_process import BATCH_SECONDS, Timer
from bot.scoring.guarded import TRIES, GuardedScorer, open_scorer
from bot.scoring.scorer import EngineChoice, load_scorer
from bot.scoring.wire import GarbledError, read_answer, read_greeting, write_answer, write_question
from config.labels import Label

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="signals and pipes as Unix has them"
)

SCRIPT = Path(__file__).with_name("scripted_engine.py")


class Clock:
    """Never rings, but for the call that is too late once there is a sign of it."""

    def __init__(self, too_late: int = 0, sign: Path | None = None) -> None:
        self.too_late = too_late
        self.sign = sign
        self.calls = 0
        self.has_asked = asyncio.Event()
        self.asked: list[float] = []

    def __call__(self, seconds: float, ring: Callable[[], None]) -> Timer:
        self.calls += 1
        self.asked.append(seconds)
        if self.calls > 1:
            self.has_asked.set()
        waiting = self._wait(ring) if self.calls == self.too_late else asyncio.sleep(0)
        return asyncio.ensure_future(waiting)

    async def _wait(self, ring: Callable[[], None]) -> None:
        if self.sign is not None:
            await asyncio.to_thread(self.sign.read_text)
        ring()


def command(folder: Path, manner: str = "") -> list[str]:
    return [sys.executable, "-P", str(SCRIPT), str(folder), manner]


def scores(text: str) -> Scores:
    return Scores({Label.TOXICITY: Score(len(text) / 100, Passage(text))}, ModelId("scripted", "0"))


def readings(*texts: str) -> list[Reading]:
    return [Reading(text, text) for text in texts]


def starts(folder: Path) -> int:
    return len((folder / "starts").read_text())


def is_gone(process_id: int) -> bool:
    """Say whether the system has let go of it: a zombie can still be signalled."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
async def scorer(tmp_path: Path) -> AsyncGenerator[GuardedScorer]:
    guarded = GuardedScorer(command(tmp_path), later=Clock())
    await guarded.start()
    yield guarded
    await guarded.aclose()


async def test_it_scores_and_says_which_model_it_is(scorer: GuardedScorer) -> None:
    texts = ("a", "bb", 'q"\n\ud800')
    assert await scorer.score(readings(*texts)) == [scores(text) for text in texts]
    assert scorer.model == ModelId("scripted", "0")
    assert scorer.labels == (Label.TOXICITY,)


@pytest.mark.parametrize("fate", ["die once", "babble once", "half a line once"])
async def test_a_batch_whose_engine_breaks_is_given_again(
    scorer: GuardedScorer, tmp_path: Path, fate: str
) -> None:
    before = scorer.process_id
    assert before is not None
    lane = Batcher(scorer).lane(Priority.LIVE)
    assert await lane.score(readings("a", fate)) == [scores("a"), scores(fate)]
    assert starts(tmp_path) == 2
    assert is_gone(before)


async def test_an_engine_that_hangs_is_ended_and_its_batch_given_again(tmp_path: Path) -> None:
    # The calls: greeting, the answer that does not come, the second greeting, the answer.
    os.mkfifo(tmp_path / "hangs")
    scorer = GuardedScorer(command(tmp_path), later=Clock(2, tmp_path / "hangs"))
    await scorer.start()
    before = scorer.process_id
    assert before is not None
    assert await scorer.score(readings("hang once")) == [scores("hang once")]
    assert is_gone(before)
    await scorer.aclose()


async def test_an_engine_that_falls_silent_is_ended(tmp_path: Path) -> None:
    # The calls: greeting, the question, the end of its output.
    scorer = GuardedScorer(command(tmp_path), later=Clock(3))
    await scorer.start()
    before = scorer.process_id
    assert before is not None
    assert await scorer.score(readings("fall silent once")) == [scores("fall silent once")]
    assert is_gone(before)
    await scorer.aclose()


async def test_an_engine_that_died_while_idle_is_missed_by_nobody(
    scorer: GuardedScorer, tmp_path: Path
) -> None:
    assert scorer.process_id is not None
    os.kill(scorer.process_id, signal.SIGKILL)
    assert await scorer.score(readings("a")) == [scores("a")]
    assert starts(tmp_path) == 2


async def test_a_text_that_breaks_it_twice_fails_and_the_next_is_scored(
    scorer: GuardedScorer, tmp_path: Path
) -> None:
    with pytest.raises(ScoringError, match="ended unexpectedly, twice, on 1 texts"):
        await scorer.score(readings("die"))
    assert await scorer.score(readings("a")) == [scores("a")]
    assert starts(tmp_path) == 3


async def test_copies_of_a_deadly_text_break_it_no_more_often_than_one(
    scorer: GuardedScorer, tmp_path: Path
) -> None:
    lane = Batcher(scorer).lane(Priority.LIVE)
    with pytest.raises(ScoringError, match="twice"):
        await lane.score(readings(*["die"] * 32))
    assert await lane.score(readings("a")) == [scores("a")]
    assert starts(tmp_path) == 3


async def test_through_the_batcher_a_deadly_text_fails_alone(scorer: GuardedScorer) -> None:
    lane = Batcher(scorer).lane(Priority.LIVE)
    texts = ["a", "bb", "die", "dddd"]
    tasks = [asyncio.create_task(lane.score(readings(text))) for text in texts]
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(outcomes[2], ScoringError)
    assert [outcomes[at] for at in (0, 1, 3)] == [[scores(texts[at])] for at in (0, 1, 3)]


@pytest.mark.parametrize("fate", ["forget one", "too far"])
async def test_answers_that_do_not_fit_count_as_broken(scorer: GuardedScorer, fate: str) -> None:
    with pytest.raises(ScoringError, match="once, on 2 texts"):
        await scorer.score(readings("a", fate))


async def test_a_failure_that_the_engine_tells_of_does_not_end_it(
    scorer: GuardedScorer, tmp_path: Path
) -> None:
    with pytest.raises(ScoringError, match="the weights are damaged"):
        await scorer.score(readings("refuse"))
    assert await scorer.score(readings("a")) == [scores("a")]
    assert starts(tmp_path) == 1


async def test_answers_may_come_in_another_order(scorer: GuardedScorer, tmp_path: Path) -> None:
    texts = ("swap", "bb", "ccc")
    found = await asyncio.gather(*(scorer.score(readings(text)) for text in texts))
    assert found == [[scores(text)] for text in texts]
    assert starts(tmp_path) == 1


async def test_who_was_in_hand_beside_a_deadly_text_is_not_blamed(scorer: GuardedScorer) -> None:
    # The first two are never answered before the third one's turn, so all are in hand.
    several, one, deadly, behind = await asyncio.gather(
        scorer.score(readings("swap", "b")),
        scorer.score(readings("swap")),
        scorer.score(readings("die")),
        scorer.score(readings("e")),
        return_exceptions=True,
    )
    assert several == [scores("swap"), scores("b")]
    assert one == [scores("swap")]
    assert behind == [scores("e")]
    assert isinstance(deadly, ScoringError)
    assert "twice" in str(deadly)


async def test_of_those_in_hand_only_the_one_that_hangs_is_blamed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hangs")
    # The calls: greeting, the question that hangs, the one behind it.
    scorer = GuardedScorer(command(tmp_path), later=Clock(2, tmp_path / "hangs"))
    await scorer.start()
    hanging, other = await asyncio.gather(
        scorer.score(readings("hang", "b")),
        scorer.score(readings("c", "dd")),
        return_exceptions=True,
    )
    assert isinstance(hanging, ScoringError)
    assert "once, on 2 texts" in str(hanging)
    assert other == [scores("c"), scores("dd")]
    assert starts(tmp_path) == 2
    await scorer.aclose()


async def test_who_stands_behind_a_long_text_has_its_time_too(tmp_path: Path) -> None:
    clock = Clock()
    scorer = GuardedScorer(command(tmp_path), later=clock)
    await scorer.start()
    long_ones = readings(*["a" * 100] * 50)
    await asyncio.gather(scorer.score(long_ones), scorer.score(readings("b")))
    await scorer.aclose()
    _greeting, long, behind, _closing = clock.asked
    assert behind > long > 2 * BATCH_SECONDS


async def test_a_text_that_hangs_is_noticed_though_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hangs")
    clock = Clock(2, tmp_path / "hangs")
    scorer = GuardedScorer(command(tmp_path), later=clock)
    await scorer.start()
    leaving = asyncio.create_task(scorer.score(readings("hang once")))
    await clock.has_asked.wait()
    leaving.cancel()
    assert await scorer.score(readings("a")) == [scores("a")]
    assert starts(tmp_path) == 2
    await scorer.aclose()


async def test_the_answer_to_who_left_is_given_to_nobody_else(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    clock = Clock()
    scorer = GuardedScorer(command(tmp_path), later=clock)
    await scorer.start()
    leaving = asyncio.create_task(scorer.score(readings("wait")))
    await clock.has_asked.wait()
    leaving.cancel()
    staying = asyncio.create_task(scorer.score(readings("a")))
    await asyncio.to_thread((tmp_path / "gate").write_text, "go on")
    assert await staying == [scores("a")]
    assert starts(tmp_path) == 1
    await scorer.aclose()


async def test_a_model_that_cannot_be_had_is_refused_in_its_own_words(tmp_path: Path) -> None:
    scorer = GuardedScorer(command(tmp_path, "refuse"), later=Clock())
    with pytest.raises(BadInputError, match="model 'x': is no model"):
        await scorer.start()
    assert scorer.process_id is None


async def test_a_package_that_is_missing_there_is_missing_here(tmp_path: Path) -> None:
    scorer = GuardedScorer(command(tmp_path, "lack"), later=Clock())
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'torch\.nn'") as caught:
        await scorer.start()
    assert caught.value.name == "torch.nn"
    assert scorer.process_id is None


async def test_the_engine_s_own_process_says_which_package_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As where only the running bot's packages are installed: PyTorch is not to be found.
    (tmp_path / "torch.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')"
    )
    monkeypatch.setattr(own_process, "ROOT", f"{tmp_path}{os.pathsep}{own_process.ROOT}")
    with pytest.raises(ModuleNotFoundError) as caught:
        async with open_scorer(engine=EngineChoice.EAGER):
            pass
    assert caught.value.name == "torch"


@pytest.mark.parametrize("passages", [1, 2])
def test_a_passage_crosses_once_and_is_shared_by_its_labels(passages: int) -> None:
    texts = ["the longest of all passages", "another"][:passages]
    model = ModelId("m", "0")
    sent = Scores(
        {
            label: Score(0.5, Passage(texts[at % passages]))
            for at, label in enumerate((Label.TOXICITY, Label.INSULT, Label.THREAT))
        },
        model,
    )
    line = write_answer(1, [sent])
    _, [received] = read_answer(line, model)
    assert received == sent
    assert line.count(texts[0].encode()) == 1
    assert len({id(score.passage) for score in received.by_label.values()}) == passages


@pytest.mark.parametrize("manner", ["babble", "die"])
async def test_an_engine_that_does_not_greet_is_refused(tmp_path: Path, manner: str) -> None:
    scorer = GuardedScorer(command(tmp_path, manner), later=Clock())
    with pytest.raises(ScoringError, match="while it was starting"):
        await scorer.start()
    assert scorer.process_id is None


async def test_an_engine_that_starts_no_more_is_blamed_on_no_text(tmp_path: Path) -> None:
    scorer = GuardedScorer(command(tmp_path, "start once"), later=Clock())
    await scorer.start()
    lane = Batcher(scorer).lane(Priority.LIVE)
    asked = readings("die", *(str(number) for number in range(20)))
    with pytest.raises(ModelUnavailableError, match="while it was starting"):
        await lane.score(asked)
    assert starts(tmp_path) == 1 + TRIES
    await scorer.aclose()


async def test_a_program_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScoringError, match="cannot be started"):
        await GuardedScorer([str(tmp_path / "nothing")]).start()


async def test_a_model_that_was_replaced_meanwhile_is_refused(tmp_path: Path) -> None:
    scorer = GuardedScorer(command(tmp_path, "change"), later=Clock())
    await scorer.start()
    with pytest.raises(ScoringError, match="was replaced while it was in use"):
        await scorer.score(readings("die once"))
    await scorer.aclose()


async def test_closing_lets_it_end_by_itself(tmp_path: Path) -> None:
    scorer = GuardedScorer(command(tmp_path), later=Clock())
    await scorer.start()
    before = scorer.process_id
    assert before is not None
    await scorer.aclose()
    assert (tmp_path / "ended").exists()
    assert is_gone(before)
    await scorer.aclose()  # twice is once


async def test_what_is_in_hand_at_the_end_is_scored_and_who_comes_after_is_refused(
    tmp_path: Path,
) -> None:
    os.mkfifo(tmp_path / "gate")
    scorer = GuardedScorer(command(tmp_path), later=Clock())
    await scorer.start()
    in_hand = asyncio.create_task(scorer.score(readings("wait once")))
    gate = await asyncio.to_thread((tmp_path / "gate").open, "w")  # waits until it is read
    closing = asyncio.create_task(scorer.aclose())
    await asyncio.sleep(0)
    with pytest.raises(ModelUnavailableError, match="was closed"):
        await scorer.score(readings("a"))
    assert scorer.process_id is not None
    # It dies while somebody waits for it to be closed.
    os.kill(scorer.process_id, signal.SIGKILL)
    assert await in_hand == [scores("wait once")]
    gate.close()
    await closing
    assert starts(tmp_path) == 2
    assert scorer.process_id is None
    with pytest.raises(ModelUnavailableError, match="was closed"):
        await scorer.start()
    assert starts(tmp_path) == 2


async def test_at_the_end_of_its_input_it_ends_whatever_is_in_hand(tmp_path: Path) -> None:
    text = " ".join(["a word"] * 20_000)
    errors = tmp_path / "errors"
    with errors.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            *own_process.command("bot.scoring.child", "compact", "auto"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            env=own_process.environment(),
        )
        asked = b"".join(write_question(number, readings(text)) for number in (1, 2))
        said, _ = await process.communicate(asked)
    assert read_greeting(said.splitlines()[0])
    assert process.returncode == 0
    assert errors.read_bytes() == b""


async def test_closing_ends_one_that_stays(tmp_path: Path) -> None:
    scorer = GuardedScorer(command(tmp_path, "stay"), later=Clock(2))
    await scorer.start()
    before = scorer.process_id
    assert before is not None
    await scorer.aclose()
    assert is_gone(before)


async def test_the_bundled_model_scores_there_as_it_does_here() -> None:
    asked = [Reading("You are an idiot.", "You are an idiot."), Reading("", "")]
    async with open_scorer() as guarded:
        assert guarded.process_id is not None
        # A Ctrl-C reaches all processes: this one is to go on until it is told to end.
        os.kill(guarded.process_id, signal.SIGINT)
        os.kill(guarded.process_id, signal.SIGTERM)
        there, beside = await asyncio.gather(guarded.score(asked), guarded.score(asked[:1]))
    assert beside == there[:1]
    here = load_scorer()
    assert there == await here.score(asked)
    assert guarded.labels == here.labels


async def test_a_model_of_no_known_name_is_refused_as_it_is_without_a_guard() -> None:
    with pytest.raises(BadInputError, match="is no model"):
        async with open_scorer("nonsense"):
            pass


@pytest.mark.parametrize("value", ["NaN", "1e999", "1.5", "-0.1", '"0.5"'])
def test_what_is_no_chance_is_no_answer(value: str) -> None:
    line = f'[1, [[[["a", "plain", 1, 1]], {{"toxicity": [{value}, 0]}}]]]\n'.encode()
    with pytest.raises(GarbledError):
        read_answer(line, ModelId("m", "0"))


def test_brackets_without_end_are_no_answer() -> None:
    with pytest.raises(GarbledError):
        read_answer(b"[" * 100_000 + b"\n", ModelId("m", "0"))
    with pytest.raises(GarbledError):
        read_greeting(b"[" * 100_000 + b"\n")


def test_a_number_beyond_all_numbers_is_no_answer() -> None:
    with pytest.raises(GarbledError):
        read_answer(b"[1e999, []]\n", ModelId("m", "0"))
