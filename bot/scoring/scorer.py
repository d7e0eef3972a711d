"""The scorer: readings in, per label the worst score over windows and spellings out.

It fits the port `bot.moderation.ports.Scorer`, and runs its engine off the event loop in threads of
its own. Importing it loads no model library; `load_scorer` does. Made by the
composition roots.
"""

import asyncio
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress
from enum import StrEnum
from threading import Lock
from typing import TypeVar

from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Passage, Score, Scores, Spelling
from bot.errors import ModelUnavailableError, ScoringError, UnfitFormError
from bot.scoring.compiled_form import find_form
from bot.scoring.engine import Engine
from bot.scoring.location import Location, locate
from bot.scoring.published import BUNDLED
from bot.scoring.rebuilding import rebuild
from bot.scoring.windows import Window, batches
from config.labels import Label

BATCH_TOKENS = 2048
"""How many tokens, padding included, PyTorch scores at once: more gains nothing on a processor."""
COMPILED_BATCH_TOKENS = 256
"""The compiled engine's: it is quickest while what it works on stays in the processor's caches."""
LEAST_BATCH_TOKENS = 64
"""Work is divided among idle threads down to this: below it, a share costs as much as the whole."""

Argument = TypeVar("Argument")
Result = TypeVar("Result")


class EngineChoice(StrEnum):
    """Which engine is to run a model."""

    AUTO = "auto"
    """The compiled one where the model is compiled, and the eager one elsewhere."""
    EAGER = "eager"
    COMPILED = "compiled"
    QUICK = "quick"
    """As auto; and what the model's first stage finds harmless is spared the rest of the model."""


def load_scorer(
    name_or_path: str = BUNDLED,
    engine: EngineChoice = EngineChoice.AUTO,
) -> "DetoxifyScorer":
    """Load a model by name, or by the path of a checkpoint or a model folder. Takes seconds.

    A download draws a bar on standard error. A compiled model's name ends in "int8", with a first
    stage in "int8 quick": its scores are not quite the eager ones, and a case is to say whose they
    were. A compiled form in the model cache that cannot be used is made again first, with a word on
    standard error.

    Raises:
        BadInputError: there is no model of that name.
        ModelUnavailableError: a file is missing, or it cannot be fetched, or it is to be run
            compiled and is not.
        UnfitFormError: its compiled form cannot be used, nor made again here.
        ScoringError: its file cannot be used.
    """
    location = locate(name_or_path)
    compiled = (
        None if engine is EngineChoice.EAGER else _load_compiled(name_or_path, location, engine)
    )
    if compiled is not None:
        return compiled
    if engine is EngineChoice.COMPILED:
        raise ModelUnavailableError(
            f"the model {location.name} is not compiled yet, expected it in the model cache; "
            f"make it with: python bot.py compile {name_or_path}"
        )
    from bot.scoring.detoxify_engine import DetoxifyEngine
    from bot.scoring.sources import read_source

    source = read_source(location)
    eager = DetoxifyEngine(source.checkpoint, source.folder)
    return DetoxifyScorer(eager, ModelId(source.name, source.checkpoint.sha256))


class DetoxifyScorer:
    """Scores comments with one model.

    `workers` is how many threads may call the engine at once, each with a batch of at most
    `batch_tokens`; all calls share them, so that a core that one has no work for does another's.
    PyTorch's wants one, always the same: it keeps threads for each that calls it.
    """

    def __init__(
        self,
        engine: Engine,
        model: ModelId,
        *,
        workers: int = 1,
        batch_tokens: int = BATCH_TOKENS,
    ) -> None:
        self._engine = engine
        self._model = model
        self._workers = workers
        self._batch_tokens = batch_tokens
        # Ends with this object.
        self._threads = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="scoring")

    @property
    def model(self) -> ModelId:
        """Say which model speaks."""
        return self._model

    @property
    def labels(self) -> tuple[Label, ...]:
        """Say which labels the model has."""
        return self._engine.labels

    async def score(self, readings: Sequence[Reading]) -> list[Scores]:
        """Score each reading, in order: the worst over spellings and windows.

        Equal texts are scored once. A reading without words has no labels. A cancelled call stops
        after the batches in hand.

        Raises:
            ScoringError: nothing was scored; nobody may be acted on.
        """
        return await asyncio.wrap_future(self.begin(readings))

    def begin(self, readings: Sequence[Reading]) -> Future[list[Scores]]:
        """Begin what `score` does, from any thread; it is done in the workers'."""
        call = _Call(readings)
        self._threads.submit(self._cut, call).add_done_callback(call.hear)
        return call.answer

    def _cut(self, call: "_Call") -> None:
        """Cut a call's texts into batches of windows: one is scored here, others by whoever can."""
        texts = list(dict.fromkeys(text for each in call.readings for text, _ in _spellings(each)))
        call.cut = dict(zip(texts, self._ask(self._engine.cut, texts), strict=True))
        call.windows = [window for pieces in call.cut.values() for window in pieces]
        share = sum(len(window.ids) for window in call.windows) // self._workers
        room = min(self._batch_tokens, max(LEAST_BATCH_TOKENS, share))
        first, *others = batches(call.windows, max_tokens=room) or [[]]
        for batch in others:
            self._threads.submit(self._run, call, batch).add_done_callback(call.hear)
        self._run(call, first)

    def _run(self, call: "_Call", batch: Sequence[int]) -> None:
        """Score one batch of a call's windows, unless the call has failed or nobody waits."""
        if call.answer.done():
            return
        windows = [call.windows[at] for at in batch]
        rows = self._ask(self._engine.score, windows) if windows else []
        if call.is_complete_with(batch, rows):
            scores = self._read_out(call)
            with suppress(InvalidStateError):  # nobody waits any more
                call.answer.set_result(scores)

    def _read_out(self, call: "_Call") -> list[Scores]:
        ordered = (call.rows[at] for at in range(len(call.windows)))
        known = {
            text: [(window, next(ordered)) for window in pieces]
            for text, pieces in call.cut.items()
        }
        return [Scores(self._worst(each, known), self._model) for each in call.readings]

    def _worst(
        self, reading: Reading, known: Mapping[str, Iterable[tuple[Window, Sequence[float]]]]
    ) -> dict[Label, Score]:
        """Take each label's highest value; of equals, the plain spelling and the first window."""
        worst: dict[Label, Score] = {}
        for text, spelling in _spellings(reading):
            for window, row in known[text]:
                passage = Passage(window.text, spelling, window.number, window.windows)
                for label, value in zip(self.labels, row, strict=True):
                    if label not in worst or value > worst[label].value:
                        worst[label] = Score(value, passage)
        return worst

    def _ask(
        self, engine: Callable[[Sequence[Argument]], list[Result]], given: Sequence[Argument]
    ) -> list[Result]:
        """Have the engine do one piece of its work, and check that nothing got lost."""
        try:
            result = engine(given)
        except ScoringError:
            raise
        except (
            Exception
        ) as error:  # tokenizers and the engines raise bare Exception and RuntimeError
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise ScoringError(
                f"the model {self._model.name} failed on {len(given)} texts ({reason})"
            ) from error
        if len(result) != len(given):
            raise ScoringError(
                f"the model {self._model.name} answered {len(result)} of {len(given)} texts"
            )
        return result


class _Call:
    """What somebody asked for: its windows, the rows that came of them so far, and the answer."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self.readings = readings
        self.answer = Future[list[Scores]]()
        self.cut: dict[str, list[Window]] = {}
        self.windows: list[Window] = []
        self.rows: dict[int, Sequence[float]] = {}
        self._lock = Lock()

    def is_complete_with(self, batch: Sequence[int], rows: Sequence[Sequence[float]]) -> bool:
        """Add a batch's rows, and say whether they were the last ones."""
        with self._lock:
            self.rows.update(zip(batch, rows, strict=True))
            return len(self.rows) == len(self.windows)

    def hear(self, piece: Future[None]) -> None:
        """Give what went wrong in a piece of the work as the answer, if it is the first."""
        error = piece.exception()
        if error is not None:
            with suppress(InvalidStateError):
                self.answer.set_exception(error)


def _load_compiled(
    name_or_path: str, location: Location, engine: EngineChoice
) -> DetoxifyScorer | None:
    """Load a model's compiled form, made again where need be; None where it was never compiled."""
    try:
        return _load_form(location, engine)
    except UnfitFormError as error:
        if location.is_bundled or not rebuild(name_or_path, str(error)):
            raise UnfitFormError(
                f"{error}; make it again with: python bot.py compile {name_or_path}"
            ) from error
    return _load_form(location, engine)


def _load_form(location: Location, engine: EngineChoice) -> DetoxifyScorer | None:
    form = find_form(location)
    if form is None:
        return None
    from bot.scoring.onnx_engine import OnnxEngine

    is_quick = engine is EngineChoice.QUICK and form.layout.has_first_stage
    name = f"{location.name} int8 quick" if is_quick else f"{location.name} int8"
    compiled = OnnxEngine(form, may_stop=is_quick)
    if compiled.is_exact:
        sys.stderr.write(
            "this processor is not known to have int8 dot products (VNNI), so the model runs with "
            "exact kernels: the same scores, some two fifths fewer a second\n"
        )
    return DetoxifyScorer(
        compiled,
        ModelId(name, form.weights_sha256),
        workers=compiled.workers,
        batch_tokens=COMPILED_BATCH_TOKENS,
    )


def _spellings(reading: Reading) -> list[tuple[str, Spelling]]:
    """List what is scored: nothing without words, the folding only where it differs."""
    if not reading.plain.strip():
        return []
    if reading.folded.strip() in ("", reading.plain.strip()):
        return [(reading.plain, Spelling.PLAIN)]
    return [(reading.plain, Spelling.PLAIN), (reading.folded, Spelling.FOLDED)]
