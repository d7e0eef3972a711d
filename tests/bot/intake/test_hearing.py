"""What is asked of Discord when a live message does not bring it along."""

from typing import Any

import pytest

from bot.domain.ids import GuildId
from bot.intake.hearing import Hearing, UnansweredError
from bot.intake.members import Members
from config.guild import GuildSettings
from tests.bot.intake.unplugged import Client, Unplugged, message_of, refusal
from tests.fakes.discord.nouns import Channel, User


@pytest.fixture
def here() -> Unplugged:
    return Unplugged()


@pytest.fixture
def bob(here: Unplugged) -> User:
    role = here.state.add_role(here.guild, "Mods", position=1, permissions=1 << 13)
    return here.member("bob", role.id)


@pytest.fixture
def post(here: Unplugged) -> Channel:
    return here.state.add_thread(here.forum, "Old bridges", here.member("ann"), "Is ours safe?")


@pytest.fixture
def client(here: Unplugged, post: Channel) -> Client:
    return here.connect()


@pytest.fixture
def hearing(here: Unplugged) -> Hearing:
    return Hearing(Members(lambda: here.state.now))


@pytest.fixture
def message(here: Unplugged, client: Client, post: Channel, bob: User) -> Any:
    reference = {"message_id": str(post.id), "channel_id": str(post.id)}
    said = here.state.post(post, bob, "It is.", message_reference=reference)
    return message_of(client, said, here.state)


async def watching(here: Unplugged) -> GuildSettings:
    return GuildSettings(watched=frozenset({str(here.forum.id)}))


async def test_a_parent_that_did_not_come_along_is_fetched(
    here: Unplugged, hearing: Hearing, message: Any, post: Channel
) -> None:
    comment = await hearing.hear(message, lambda _: watching(here))
    assert comment is not None
    context = await hearing.surround(comment, message)
    assert context.parent is not None
    assert context.parent.text == "Old bridges\nIs ours safe?"
    here.asked.clear()
    await hearing.surround(comment, message)
    assert here.asked == []


@pytest.mark.parametrize("error", [refusal(404), refusal(503), TimeoutError()])
async def test_a_parent_that_cannot_be_had_keeps_nobody_waiting(
    here: Unplugged, hearing: Hearing, message: Any, error: Exception
) -> None:
    comment = await hearing.hear(message, lambda _: watching(here))
    assert comment is not None
    here.refuse = lambda line: error
    assert (await hearing.surround(comment, message)).parent is None


async def test_who_wrote_is_asked_for_where_a_message_names_the_account_alone(
    here: Unplugged, hearing: Hearing, message: Any, bob: User
) -> None:
    message.author = message.author._user
    comment = await hearing.hear(message, lambda _: watching(here))
    assert comment is not None
    assert comment.author.immune == "moderates here"


async def test_a_message_is_read_again_later_where_who_wrote_it_cannot_be_known(
    here: Unplugged, hearing: Hearing, message: Any
) -> None:
    message.author = message.author._user
    here.refuse = lambda line: refusal(503)
    with pytest.raises(UnansweredError):
        await hearing.hear(message, lambda _: watching(here))


async def test_a_message_of_an_unwatched_place_is_not_for_us(
    hearing: Hearing, message: Any
) -> None:
    async def nothing(_: GuildId) -> GuildSettings:
        return GuildSettings()

    assert await hearing.hear(message, nothing) is None
