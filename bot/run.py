"""Watch a Discord server's forums: judge, act once, tell the member why, let them appeal.

Puts the real parts together and sees to their end. It reads its token from DISCORD_TOKEN and the
rest from the environment and the file of --settings. Stop it with Ctrl-C.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from functools import partial

import structlog

from bot.arguments import add_settings_argument, read_settings
from bot.client import EvenhandBot, NotLetInError, run_bot, utc_now
from bot.domain.reading import Reading
from bot.errors import BadInputError, ModerationError
from bot.moderation.ports import Scorer
from bot.moderation.privacy import PrivacyDesk
from bot.mount import forgetting, mounted
from bot.opening import words_key
from bot.policy.policy_file import find_policy
from bot.policy.required_labels import require_labels
from bot.scoring.batcher import Batcher, Priority
from bot.scoring.guarded import open_scorer
from bot.scoring.remembering import RememberingScorer
from bot.scoring.scorer import EngineChoice
from bot.self_check import check_servers, log_shortcomings
from bot.storage.storage import open_storage
from bot.telemetry import set_up_logging
from config.policy import Policy
from config.settings import Settings

NOT_LET_IN = 78
"""Exit code (EX_CONFIG): the token or the intents are wrong, so a restart would change nothing."""
SWEEP_EVERY = timedelta(hours=1)
"""How often what has been kept long enough is erased."""
STOP_WITHIN = timedelta(seconds=5)
"""How long a stop waits for the model to finish what it has in hand."""
GREETING = Reading("Good morning.", "Good morning.")
"""What a model that works can score."""

_log = structlog.stdlib.get_logger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `run` and its options."""
    add_settings_argument(parser)
    parser.add_argument(
        "--check", action="store_true", help="check everything, say what is missing, and stop"
    )


def run(args: argparse.Namespace) -> int:
    """Run until it is stopped; 0 after a stop in order, 78 where Discord does not let it in.

    Raises:
        BadInputError: a setting or the policy cannot be used, or there is no token.
        ScoringError: the model cannot be had, or does not work.
        StorageError: the database cannot be used, or another bot is running on it.
        ModerationError: Discord ended the connection for good.
    """
    settings = read_settings(args.settings)
    if settings.discord_token is None:
        raise BadInputError(
            "the environment",
            "DISCORD_TOKEN is not set, expected the bot's token from Discord's developer portal",
        )
    secrets = [settings.discord_token.get_secret_value()]
    if settings.text_keys is not None:
        secrets += settings.text_keys.get_secret_value().split(",")
    set_up_logging(settings.log_form, settings.log_level, secrets=secrets)
    try:
        return asyncio.run(_run(settings, secrets[0], find_policy(settings.policy), args.check))
    except NotLetInError as error:
        sys.stderr.write(f"bot.py run: {error}\n")
        return NOT_LET_IN


async def _run(settings: Settings, token: str, policy: Policy, is_check: bool) -> int:
    async with AsyncExitStack() as stack:
        guarded = await stack.enter_async_context(open_scorer(settings.model, _engine(settings)))
        batcher = Batcher(RememberingScorer(guarded))
        stack.push_async_callback(_close, batcher)
        scorer = batcher.lane(Priority.LIVE)
        require_labels(policy, scorer.labels)
        await _require_sense(scorer)
        stores = await stack.enter_async_context(
            open_storage(settings.database, key=await words_key(settings), clock=utc_now)
        )
        _log.info("checked", model=scorer.model.name, database=settings.database)
        bot = EvenhandBot(
            stores=stores,
            scorer=scorer,
            missed_scorer=batcher.lane(Priority.CATCH_UP),
            default_policy=policy,
            archived_days=settings.archived_days,
        )
        if is_check:
            return await _check(bot, token)
        bot.add_listener(partial(log_shortcomings, bot), "on_ready")
        if settings.web_enabled:
            await stack.enter_async_context(mounted(settings, batcher, stores.database))
        await stack.enter_async_context(_housekeeping(bot.desk.privacy))
        await stack.enter_async_context(forgetting(settings, stores.database))
        await _until_stopped(bot, token)
    return 0


def _engine(settings: Settings) -> EngineChoice:
    """Choose the quick engine where only verdicts count: clients of the web want true scores."""
    is_quick = settings.first_stage and not settings.web_enabled
    return EngineChoice.QUICK if is_quick else EngineChoice.AUTO


async def _close(batcher: Batcher) -> None:
    """Let the model finish what it has in hand, if it does so soon: nobody waits for it now."""
    with suppress(TimeoutError):
        async with asyncio.timeout(STOP_WITHIN.total_seconds()):
            await batcher.aclose()


async def _require_sense(scorer: Scorer) -> None:
    """Score a greeting, so that a model that cannot score is found before a member's comment is.

    Raises:
        ScoringError: it cannot.
    """
    await scorer.score([GREETING])


async def _check(bot: EvenhandBot, token: str) -> int:
    """Ask Discord what the bot may do, without going online; 0 where nothing is missing."""
    async with bot:
        found = await check_servers(bot, token)
    for sentence in found:
        print(f"- {sentence}")  # noqa: T201 - the answer to what was asked
    print("Something is missing." if found else "All is well.")  # noqa: T201
    return 1 if found else 0


async def _until_stopped(bot: EvenhandBot, token: str) -> None:
    """Run until a signal asks for the end; whatever else ends it is raised."""
    running = asyncio.create_task(run_bot(bot, token))
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        _log.info("stopped")
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)


@asynccontextmanager
async def _housekeeping(privacy: PrivacyDesk) -> AsyncGenerator[None]:
    task = asyncio.create_task(_keep_house(privacy))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep_house(privacy: PrivacyDesk) -> None:
    """Erase, again and again, what has been kept long enough."""
    while True:
        try:
            erased = await privacy.sweep()
        except ModerationError as error:
            _log.warning("sweep_failed", why=str(error))
        except Exception:  # noqa: BLE001 - a background loop: logged, and tried again
            _log.exception("sweep_failed")
        else:
            _log.info("swept", erased=erased)
        await asyncio.sleep(SWEEP_EVERY.total_seconds())
