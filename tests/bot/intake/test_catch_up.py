"""What was said while the bot was away is judged once, oldest first, and nothing older is."""

from collections import Counter
from datetime import timedelta

import pytest

from bot.domain.case import CaseState
from bot.errors import StorageError
from tests.bot.intake.running import Running, Store, cursor_of, texts, watch
from tests.bot.intake.unplugged import Unplugged, refusal
from tests.fakes.discord.nouns import Channel, Message, User


@pytest.fixture
def here() -> Unplugged:
    return Unplugged()


@pytest.fixture
def ann(here: Unplugged) -> User:
    return here.member("ann")


@pytest.fixture
def post(here: Unplugged, ann: User) -> Channel:
    """A post from before the bot."""
    post = here.state.add_thread(here.forum, "Old bridges", ann, "Is ours safe?")
    here.state.post(post, ann, "said before the bot came")
    here.state.later(minutes=10)
    return post


@pytest.fixture
async def store(here: Unplugged, post: Channel) -> Store:
    """Stores of a bot that has been here, and is away now."""
    store = Store(here)
    await watch(here, store, here.forum)
    bot = Running(here, store)
    await bot.begin()
    await bot.end()
    here.state.later(minutes=10)
    return store


async def back(here: Unplugged, store: Store, **options: int) -> Running:
    """Start the bot again, let it read, and stop it."""
    bot = Running(here, store, **options)
    await bot.begin()
    await bot.end()
    return bot


async def test_history_from_before_the_watching_is_never_judged(
    here: Unplugged, store: Store
) -> None:
    await back(here, store)
    assert texts(store) == []


async def test_missed_comments_are_judged_once_oldest_first(
    here: Unplugged, store: Store, post: Channel, ann: User
) -> None:
    said = [here.state.post(post, ann, f"comment {n}") for n in range(250)]
    await back(here, store)
    await back(here, store)
    assert texts(store) == [f"comment {n}" for n in range(250)]
    assert await cursor_of(here, store, post) == str(said[-1].id)


async def test_a_missed_post_is_read_from_its_first_message(
    here: Unplugged, store: Store, ann: User
) -> None:
    post = here.state.add_thread(here.forum, "New bridges", ann, "Are they safe?")
    here.state.post(post, ann, "They are.")
    await back(here, store)
    assert texts(store) == ["New bridges\nAre they safe?", "They are."]


async def test_a_missed_post_that_was_archived_meanwhile_is_read_within_its_window(
    here: Unplugged, store: Store, post: Channel, ann: User
) -> None:
    other = here.state.add_thread(here.forum, "New bridges", ann, "Are they safe?")
    here.state.post(post, ann, "too long ago")
    here.state.archive(post, is_archived=True, at=here.state.now)
    here.state.archive(other, is_archived=True, at=here.state.now + timedelta(days=2))
    here.state.later(days=8)
    await back(here, store)
    assert texts(store) == ["New bridges\nAre they safe?"]


async def test_a_text_channels_own_messages_and_its_threads_are_read(
    here: Unplugged, store: Store, ann: User
) -> None:
    here.state.post(here.channel, ann, "before it was watched")
    await watch(here, store, here.forum, here.channel)
    await back(here, store)
    here.state.post(here.channel, ann, "hello")
    thread = here.state.add_thread(here.channel, "aside", ann, "in a thread")
    here.state.post(thread, ann, "and on")
    await back(here, store)
    assert sorted(texts(store)) == ["and on", "aside\nin a thread", "hello"]


async def test_missed_edits_of_the_last_day_are_judged_and_older_ones_are_not(
    here: Unplugged, store: Store, post: Channel, ann: User
) -> None:
    one = here.state.post(post, ann, "one")
    await back(here, store)
    here.state.reword(one, "one, changed long ago")
    here.state.later(hours=25)
    two = here.state.post(post, ann, "two")
    await back(here, store)
    here.state.later(hours=1)
    here.state.reword(two, "two, changed")
    await back(here, store)
    await back(here, store)
    assert texts(store) == ["one", "two", "two, changed"]


async def test_edits_from_before_the_watching_are_history(here: Unplugged, ann: User) -> None:
    store = Store(here)
    post = here.state.add_thread(here.forum, "Old bridges", ann, "Is ours safe?")
    here.state.later(minutes=1)
    here.state.reword(post.messages[post.id], "changed before the bot came")
    here.state.later(minutes=1)
    await watch(here, store, here.forum)
    await back(here, store)
    await back(here, store)
    assert texts(store) == []


async def test_a_missed_new_title_is_judged(
    here: Unplugged, store: Store, post: Channel, ann: User
) -> None:
    here.rename(post, "Vermin bridges", ann)
    bot = await back(here, store)
    assert texts(store) == ["Vermin bridges"]
    assert [case.draft.key.comment for case in bot.carried] == [str(post.id)]


async def test_what_is_too_old_is_left_to_a_human(
    here: Unplugged, store: Store, post: Channel, ann: User
) -> None:
    here.state.post(post, ann, "old vermin")
    here.state.later(hours=30)
    here.state.post(post, here.member("bob"), "new vermin")
    bot = await back(here, store)
    assert [(case.draft.text, case.state) for case in bot.carried] == [
        ("old vermin", CaseState.REVIEW),
        ("new vermin", CaseState.PENDING),
    ]
    assert "written 1 day 6 hours before the bot saw it" in bot.carried[0].draft.reason


async def test_moderators_are_known_from_what_discord_says_of_them_now(
    here: Unplugged, store: Store, post: Channel
) -> None:
    role = here.state.add_role(here.guild, "Mods", position=1, permissions=1 << 13)
    here.state.post(post, here.member("mo", role.id), "vermin")
    bot = await back(here, store)
    assert (texts(store), bot.carried) == (["vermin"], [])


async def test_each_author_is_asked_for_once(here: Unplugged, store: Store, post: Channel) -> None:
    bob = here.member("bob")
    for n in range(5):
        here.state.post(post, bob, f"comment {n}")
    here.asked.clear()
    await back(here, store)
    asked = Counter(line for line in here.asked if "/members/" in line)
    assert asked == {f"GET /guilds/{here.guild.id}/members/{bob.id}": 1}


async def test_who_has_left_is_judged_as_anybody(
    here: Unplugged, store: Store, post: Channel
) -> None:
    bob = here.member("bob")
    here.state.post(post, bob, "vermin")
    del here.guild.members[bob.id]
    bot = await back(here, store)
    assert [case.draft.member.name for case in bot.carried] == ["bob"]


async def test_a_thread_without_news_is_not_asked_for(
    here: Unplugged, store: Store, post: Channel
) -> None:
    here.state.later(hours=25)
    here.asked.clear()
    await back(here, store)
    assert [line for line in here.asked if "/messages" in line] == []


async def test_a_newest_message_that_was_deleted_is_asked_for_once(
    here: Unplugged, store: Store, post: Channel, ann: User
) -> None:
    deleted = here.state.post(post, ann, "gone")
    here.state.later(hours=25)
    del post.messages[deleted.id]
    await back(here, store)
    here.asked.clear()
    await back(here, store)
    assert [line for line in here.asked if "/messages" in line] == []


@pytest.mark.parametrize(
    "error",
    [refusal(503), refusal(429), TimeoutError(), ConnectionResetError()],
    ids=["503", "429", "timeout", "reset"],
)
@pytest.mark.parametrize("where", ["/messages", "/threads/active", "/archived/", "/members/"])
async def test_what_discord_does_not_answer_is_asked_again_later(
    here: Unplugged, store: Store, post: Channel, where: str, error: Exception
) -> None:
    here.state.post(post, here.member("bob"), "missed")
    left = [error, error]
    here.refuse = lambda line: left.pop() if where in line and left else None
    bot = await back(here, store)
    assert texts(store) == ["missed"]
    assert (bot.intake.counts["failures"], bot.slept) == (2, [5.0, 10.0])


async def test_a_thread_that_is_gone_does_not_keep_the_others_waiting(
    here: Unplugged, store: Store, post: Channel, ann: User
) -> None:
    other = here.state.add_thread(here.forum, "New bridges", ann, "Are they safe?")
    here.state.post(post, ann, "missed")
    here.refuse = lambda line: refusal(403, 50001) if f"{other.id}/messages" in line else None
    bot = await back(here, store)
    assert texts(store) == ["missed"]
    assert (bot.intake.counts["gone"], bot.slept) == (1, [])


async def test_a_database_that_refuses_while_reading_loses_nothing(
    here: Unplugged, store: Store, post: Channel, ann: User
) -> None:
    last: Message | None = None
    for n in range(150):
        last = here.state.post(post, ann, f"comment {n}")
    refusals = 3

    def fail(moment: str) -> BaseException | None:
        nonlocal refusals
        if moment == "before journal.advance" and refusals:
            refusals -= 1
            return StorageError("the disk is full")
        return None

    store.fails = fail
    await back(here, store)
    assert texts(store) == [f"comment {n}" for n in range(150)]
    assert last is not None
    assert await cursor_of(here, store, post) == str(last.id)


async def test_a_lost_session_is_read_up_and_live_comments_go_first(
    here: Unplugged, store: Store, post: Channel, ann: User
) -> None:
    bot = Running(here, store)
    await bot.begin()
    here.disconnect()
    for n in range(5):
        here.state.post(post, ann, f"missed {n}")
    here.resume(bot.client)
    await bot.session()
    assert texts(store) == [f"missed {n}" for n in range(5)]
    await bot.end()


async def test_a_post_opened_in_this_session_costs_one_reading(
    here: Unplugged, store: Store, ann: User
) -> None:
    bot = Running(here, store)
    await bot.begin()
    here.asked.clear()
    post = here.state.add_thread(here.forum, "New bridges", ann, "Are they safe?")
    for n in range(5):
        here.state.post(post, ann, f"comment {n}")
        await bot.settle()
    assert len([line for line in here.asked if "/messages" in line]) == 1
    await bot.end()
