"""The promises, held against hypothesis: nothing missed, nobody struck twice, a human's word wins.

People post, edit and delete; events come late, twice, in the wrong order or never; the database,
the model and Discord fail; the process dies at any call of the database and comes back. Whatever
happens:

- once all is quiet, the newest version of each comment since the watching began is in the journal;
- no comment has two cases for the same words;
- a cursor never passes a comment of which no version is judged;
- what is older than the watching is never judged.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextlib import ExitStack
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
)
from structlog.testing import capture_logs

from bot.domain.action import Applied
from bot.domain.case import CaseEvent, CaseState, EventKind
from bot.domain.ids import MemberId
from bot.errors import StorageError
from tests.bot.intake.running import Running, Store, watch
from tests.bot.intake.unplugged import Unplugged, refusal
from tests.fakes.discord.nouns import Channel, Message

TEXTS = st.sampled_from(["fine", "fine again", "vermin", "vermin, really", "**vermin**"])


WORDS = st.lists(
    st.tuples(TEXTS, st.integers(0, 5), st.none() | st.integers(0, 5)), min_size=1, max_size=4
)
"""What is said, in which thread, and which comment of it is reworded so; None for a new one."""
SLOWNESS = st.sampled_from([0, 0, 3, 30])
"""Turns of the event loop that an answer of Discord takes."""
CALLS = st.one_of(st.none(), st.integers(0, 30))
"""Calls of the database, before and after each, until the process dies; or it does not."""


Said = tuple[str, int, int | None]


class DiedError(BaseException):
    """The process was killed. No `except Exception` may see it."""


class NothingMissed(RuleBasedStateMachine):
    """One forum, two members, one bot that comes and goes."""

    threads: Bundle[Channel] = Bundle("threads")
    messages: Bundle[Message] = Bundle("messages")

    def __init__(self) -> None:
        super().__init__()
        self.quiet = ExitStack()
        self.quiet.enter_context(capture_logs())  # written out, they take most of the time
        self.runner = asyncio.Runner()
        self.here = Unplugged()
        self.store = Store(self.here)
        self.people = [self.here.member("ann"), self.here.member("bob")]
        self.bot: Running | None = None
        self.died = asyncio.Event()
        self.history: set[str] = set()

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        self.runner.run(work)

    @initialize(target=threads)
    def begin(self) -> Channel:
        old = self.here.state.add_thread(self.here.forum, "Old", self.people[0], "vermin of old")
        self.history = {str(old.id)}
        self.here.state.later(minutes=1)
        self.run(watch(self.here, self.store, self.here.forum))
        self.bot = Running(self.here, self.store)
        self.run(self.bot.begin())
        return old

    @rule(target=threads, title=TEXTS, text=TEXTS, by=st.integers(0, 1))
    def open_post(self, title: str, text: str, by: int) -> Channel:
        self.here.state.later(seconds=20)
        return self.here.state.add_thread(self.here.forum, title, self.people[by], text)

    @rule(target=messages, thread=threads, text=TEXTS, by=st.integers(0, 1))
    def post(self, thread: Channel, text: str, by: int) -> Message:
        self.here.state.later(seconds=20)
        return self.here.state.post(thread, self.people[by], text)

    @rule(message=messages, text=TEXTS)
    def edit(self, message: Message, text: str) -> None:
        self.here.state.later(seconds=20)
        self.here.state.reword(message, text)

    @rule(message=messages)
    def unfold_a_link(self, message: Message) -> None:
        self.here.state.tell("MESSAGE_UPDATE", message)

    @rule(message=messages)
    def deliver_again(self, message: Message) -> None:
        self.here.state.tell("MESSAGE_CREATE", message)

    @rule(message=consumes(messages))
    def delete(self, message: Message) -> None:
        self.here.state.delete(message, message.author)

    @rule(thread=threads, is_archived=st.booleans())
    def archive(self, thread: Channel, is_archived: bool) -> None:
        at = self.here.state.now
        self.here.state.archive(thread, is_archived=is_archived, at=at)

    @precondition(lambda self: self.bot is not None and len(self.bot.client.told) > 1)
    @rule(at=st.integers(0, 9))
    def overtake(self, at: int) -> None:
        """Two events come in the wrong order."""
        assert self.bot is not None
        told = self.bot.client.told
        at %= len(told) - 1
        told[at], told[at + 1] = told[at + 1], told[at]

    @precondition(lambda self: self.bot is not None)
    @rule(calls=st.integers(1, 4))
    def the_database_refuses(self, calls: int) -> None:
        self.fail_after(0, StorageError("the disk is full"), times=calls)
        self.settle()

    @precondition(lambda self: self.bot is not None)
    @rule(requests=st.integers(1, 4))
    def discord_refuses(self, requests: int) -> None:
        left = [refusal(503)] * requests
        self.here.refuse = lambda line: left.pop() if left else None
        self.settle()

    @precondition(lambda self: self.bot is not None)
    @rule()
    def the_model_is_gone_for_a_while(self) -> None:
        bot = self.bot
        assert bot is not None

        def recover() -> None:
            bot.scorer.failure = None

        bot.scorer.failure, bot.on_sleep = "out of memory", recover
        self.settle()
        bot.scorer.failure = None

    @precondition(lambda self: self.bot is not None)
    @rule()
    def settle(self) -> None:
        assert self.bot is not None
        self.run(self.bot.settle())
        self.all_is_judged()

    @precondition(lambda self: self.bot is not None)
    @rule(missed=WORDS, live=WORDS, slow=SLOWNESS, calls=CALLS)
    def lose_the_session(
        self, missed: list[Said], live: list[Said], slow: int, calls: int | None
    ) -> None:
        """Events are lost, then others come while what was lost is being read; it may die there."""
        assert self.bot is not None
        self.run(self.bot.settle())
        self.here.disconnect()
        self.say(missed)
        self.here.resume(self.bot.client)
        self.say(live)
        self.here.slowness = slow
        self.work(self.bot.session(), calls)

    @precondition(lambda self: self.bot is not None)
    @rule(words=WORDS, slow=SLOWNESS, calls=CALLS)
    def work_on(self, words: list[Said], slow: int, calls: int | None) -> None:
        """People talk, the bot works, and may die at it."""
        assert self.bot is not None
        self.say(words)
        self.here.slowness = slow
        self.work(self.bot.settle(), calls)

    @precondition(lambda self: self.bot is None)
    @rule(words=WORDS, slow=SLOWNESS, calls=CALLS)
    def start_anew(self, words: list[Said], slow: int, calls: int | None) -> None:
        """People have talked, the bot comes back, and may die at reading."""
        self.say(words)
        self.bot = Running(self.here, self.store)
        self.here.slowness = slow
        self.work(self.bot.begin(), calls)

    def say(self, words: list[Said]) -> None:
        """Somebody posts, or rewords what stands there, in any thread."""
        threads = [c for c in self.here.guild.channels.values() if c.is_thread]
        for text, where, which in words:
            self.here.state.later(seconds=20)
            thread = threads[where % len(threads)]
            standing = [m for m in thread.messages.values() if m.id != thread.id]
            if standing and which is not None:
                self.here.state.reword(standing[which % len(standing)], text)
            else:
                self.here.state.post(thread, self.people[0], text)

    def work(self, work: Coroutine[Any, Any, Any], calls: int | None) -> None:
        """Let the bot do something: to its end, or until so many calls of the database."""
        if calls is None:
            self.run(work)
            self.all_is_judged()
        else:
            self.fail_after(calls, DiedError(), times=10**9)
            self.run(self.until_dead(work))

    @precondition(lambda self: self.bot is not None)
    @rule()
    def stop(self) -> None:
        assert self.bot is not None
        self.run(self.bot.end())
        self.bot = None

    @rule()
    def a_moderator_takes_everything_back(self) -> None:
        """Every case so far was carried out, and a human disagrees."""
        self.run(self.overturn())

    async def overturn(self) -> None:
        cases = self.store.memory.cases
        for case in list(cases.by_key.values()):
            if case.state is CaseState.PENDING:
                done = await cases.settle(case, Applied())
                undone = CaseEvent(self.here.state.now, EventKind.OVERTURNED, MemberId("mod"), "no")
                await cases.decide(done, CaseState.OVERTURNED, event=undone)

    async def until_dead(self, what: Coroutine[Any, Any, Any]) -> None:
        """Work until the database kills the process, or all is done; then it is gone."""
        bot = self.bot
        assert bot is not None
        self.died.clear()
        work = asyncio.ensure_future(what)
        death = asyncio.ensure_future(self.died.wait())
        await asyncio.wait([work, death], return_when=asyncio.FIRST_COMPLETED)
        self.here.disconnect()
        self.store.fails = lambda moment: DiedError()
        work.cancel()
        death.cancel()
        await bot.kill()
        await asyncio.gather(work, death, return_exceptions=True)
        self.store.fails = lambda moment: None
        self.bot = None

    def fail_after(self, calls: int, error: BaseException, *, times: int) -> None:
        """Let some calls of the database pass, and then fail so many."""
        left = [calls, times]

        def fail(moment: str) -> BaseException | None:
            if left[0]:
                left[0] -= 1
                return None
            if left[1]:
                left[1] -= 1
                self.died.set()
                return error
            return None

        self.store.fails = fail

    def comments(self) -> list[tuple[Channel, Message]]:
        """What stands on Discord since the watching began."""
        return [
            (channel, message)
            for channel in self.here.guild.channels.values()
            if channel.is_thread
            for message in channel.messages.values()
            if str(message.id) not in self.history
        ]

    def all_is_judged(self) -> None:
        judged = {(key.comment, key.revision) for key in self.store.memory.journal.by_key}
        for _, message in self.comments():
            edited = message.edited_at
            revision = 0 if edited is None else int(edited.timestamp() * 1000)
            assert (str(message.id), revision) in judged, f"missed: {message.content}"

    @invariant()
    def nobody_is_struck_twice(self) -> None:
        of_words = Counter(
            (case.draft.key.comment, getattr(case.draft, "normalised", ""))
            for case in self.store.memory.cases.by_key.values()
        )
        assert not [words for words, count in of_words.items() if count > 1]

    @invariant()
    def no_cursor_passes_what_is_not_judged(self) -> None:
        guild = self.store.memory.journal
        cursors = {c.thread: int(c.comment) for c in guild._cursors.values()}
        judged = {key.comment for key in guild.by_key}
        for channel, message in self.comments():
            if message.id <= cursors.get(str(channel.id), 0):
                assert str(message.id) in judged, f"passed: {message.content}"

    @invariant()
    def history_is_left_alone(self) -> None:
        assert not self.history & {key.comment for key in self.store.memory.journal.by_key}

    def teardown(self) -> None:
        self.here.slowness = 0
        try:
            if self.bot is not None:
                self.settle()
        finally:
            if self.bot is not None:
                self.stop()
            self.runner.close()
            self.quiet.close()


NothingMissed.TestCase.settings = settings(
    max_examples=150,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestNothingMissed = NothingMissed.TestCase
