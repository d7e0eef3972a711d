"""The fake Discord is what the fault suite rests on: the real library must take it for Discord."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import discord
import pytest

from tests.fakes.discord.faults import Fault, Kind, status
from tests.fakes.discord.haste import hasty_library
from tests.fakes.discord.nouns import Channel, ChannelType, DeedKind, Guild
from tests.fakes.discord.server import TOKEN, FakeDiscord

DELETE = "DELETE /channels/*/messages/*"


class Listener(discord.Client):
    """A bot that only keeps what it is told."""

    def __init__(self, world: FakeDiscord, intents: discord.Intents) -> None:
        super().__init__(intents=intents)
        self._world = world
        self.heard: list[str] = []
        self.happened: list[str] = []

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        self.happened.append(event)
        super().dispatch(event, *args, **kwargs)
        self._world.state.changed()

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message.content)
        self._world.state.changed()

    async def until(self, event: str, times: int = 1) -> None:
        await self._world.state.until(lambda: self.happened.count(event) >= times)

    async def until_heard(self, times: int) -> None:
        await self._world.state.until(lambda: len(self.heard) >= times)


@pytest.fixture
async def world() -> AsyncGenerator[FakeDiscord]:
    async with FakeDiscord() as fake:
        with fake.redirected(), hasty_library():
            yield fake


@pytest.fixture
def guild(world: FakeDiscord) -> Guild:
    return world.state.add_guild("Bridge Club")


@pytest.fixture
def post(world: FakeDiscord, guild: Guild) -> Channel:
    forum = world.state.add_channel(guild, "talk", ChannelType.FORUM)
    anna = world.state.add_member(guild, "anna")
    return world.state.add_thread(forum, "The bridge", anna.user, "It is old.")


@asynccontextmanager
async def connected(
    world: FakeDiscord, intents: discord.Intents | None = None
) -> AsyncGenerator[Listener]:
    wanted = discord.Intents.default()
    wanted.message_content = True
    async with Listener(world, intents or wanted) as client:
        running = asyncio.create_task(client.start(TOKEN))
        ready = asyncio.create_task(client.until("ready"))
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
        await ready
        yield client
        await client.close()
        await running


async def test_a_client_sees_servers_forums_posts_and_its_permissions(
    world: FakeDiscord, guild: Guild, post: Channel
):
    async with connected(world) as client:
        seen = client.get_guild(guild.id)

        assert seen is not None
        assert [c.name for c in seen.forums] == ["talk"]
        thread = seen.get_thread(post.id)
        assert thread is not None
        assert thread.last_message_id == post.id
        assert seen.me.guild_permissions.moderate_members
        assert not seen.me.guild_permissions.administrator


async def test_what_members_write_is_heard_with_the_member_behind_it(
    world: FakeDiscord, guild: Guild, post: Channel
):
    berta = world.state.add_member(guild, "berta")
    async with connected(world) as client:
        asking = asyncio.create_task(client.wait_for("message"))
        await asyncio.sleep(0)
        world.state.post(post, berta.user, "hello")
        heard = await asking

        assert (heard.content, heard.author.name) == ("hello", "berta")
        assert isinstance(heard.author, discord.Member)
        assert isinstance(heard.channel, discord.Thread)


async def test_without_the_intent_nobodys_words_arrive_but_ones_own(
    world: FakeDiscord, guild: Guild, post: Channel
):
    berta = world.state.add_member(guild, "berta")
    async with connected(world, discord.Intents.default()) as client:
        world.state.post(post, berta.user, "hello")
        world.state.post(post, world.state.me, "mine")
        await client.until_heard(2)

        assert client.heard == ["", "mine"]


async def test_history_after_a_message_gives_the_oldest_of_what_follows(
    world: FakeDiscord, guild: Guild, post: Channel
):
    berta = world.state.add_member(guild, "berta")
    for number in range(230):
        world.state.post(post, berta.user, str(number))
    async with connected(world) as client:
        thread = client.get_channel(post.id)
        assert isinstance(thread, discord.Thread)

        after = [m.content async for m in thread.history(limit=None, after=discord.Object(post.id))]
        last = [m.content async for m in thread.history(limit=3)]
        middle = sorted(post.messages)[100]
        around = [m.id async for m in thread.history(limit=5, around=discord.Object(middle))]

        assert after == [str(number) for number in range(230)]
        assert last == ["229", "228", "227"]
        assert sorted(around) == sorted(post.messages)[98:103]


async def test_archived_posts_are_listed_page_by_page_and_refuse_deletions_until_opened(
    world: FakeDiscord, guild: Guild, post: Channel
):
    berta = world.state.add_member(guild, "berta")
    forum = world.state.channel(post.parent or 0)
    for number in range(5):
        thread = world.state.add_thread(forum, f"old {number}", berta.user, "words")
        world.state.archive(
            thread, is_archived=True, at=datetime.now(UTC) - timedelta(days=number, minutes=1)
        )
    async with connected(world) as client:
        seen = client.get_channel(forum.id)
        assert isinstance(seen, discord.ForumChannel)

        names = [t.name async for t in seen.archived_threads(limit=None)]
        page = await client.http.get_public_archived_threads(forum.id, limit=2)
        newest = await client.fetch_channel(int(page["threads"][0]["id"]))
        assert isinstance(newest, discord.Thread)
        first = await newest.fetch_message(newest.id)
        with pytest.raises(discord.HTTPException) as refused:
            await first.delete()
        await newest.edit(archived=False)
        await first.delete()

        assert names == [f"old {number}" for number in range(5)]
        assert page["has_more"]
        assert refused.value.code == 50083
        assert world.state.count(DeedKind.DELETE, first.id) == 1


async def test_every_deed_counts_once_is_audited_with_its_reason_and_told(
    world: FakeDiscord, guild: Guild, post: Channel
):
    members = [world.state.add_member(guild, name) for name in ("berta", "carl", "dora")]
    berta, carl, dora = (member.user for member in members)
    rude = world.state.post(post, berta, "rude")
    async with connected(world) as client:
        seen = client.get_guild(guild.id)
        assert seen is not None
        until = datetime.now(UTC) + timedelta(hours=1)

        await (await seen.fetch_member(berta.id)).timeout(until, reason="case#1 ä")
        await (await seen.fetch_member(berta.id)).timeout(until, reason="case#1 ä")
        await seen.kick(discord.Object(carl.id), reason="case#2")
        await seen.ban(discord.Object(dora.id), reason="case#3", delete_message_seconds=0)
        await seen.ban(discord.Object(dora.id), reason="case#3")
        await client.get_partial_messageable(post.id).get_partial_message(rude.id).delete()
        entries = [(e.action.name, e.reason) async for e in seen.audit_logs(user=seen.me)]
        await client.until("audit_log_entry_create", 4)

        done = [(deed.kind, deed.target, deed.reason) for deed in world.state.deeds[-4:]]
        assert done == [
            (DeedKind.TIMEOUT, berta.id, "case#1 ä"),
            (DeedKind.KICK, carl.id, "case#2"),
            (DeedKind.BAN, dora.id, "case#3"),
            (DeedKind.DELETE, rude.id, None),
        ]
        assert entries[::-1] == [
            ("member_update", "case#1 ä"),
            ("kick", "case#2"),
            ("ban", "case#3"),
            ("message_delete", None),
        ]
        assert (await seen.fetch_ban(discord.Object(dora.id))).reason == "case#3"
        with pytest.raises(discord.NotFound) as gone:
            await seen.fetch_member(carl.id)
        assert gone.value.code == 10007


async def test_a_nonce_seen_before_gives_the_message_it_made(world: FakeDiscord, post: Channel):
    async with connected(world) as client:
        where = client.get_partial_messageable(post.id)

        first = await where.send("once", nonce="abc")
        again = await where.send("once", nonce="abc")
        other = await where.send("once", nonce="abd")

        assert first.id == again.id != other.id
        assert world.state.count(DeedKind.POST, post.id) == 2


async def test_direct_messages_arrive_unless_they_are_not_taken(world: FakeDiscord, guild: Guild):
    berta = world.state.add_member(guild, "berta").user
    carl = world.state.add_member(guild, "carl").user
    carl.takes_dms = False
    async with connected(world) as client:
        await (await client.fetch_user(berta.id)).send("news")
        with pytest.raises(discord.Forbidden) as refused:
            await (await client.fetch_user(carl.id)).send("news")

        assert refused.value.code == 50007
        assert world.state.count(DeedKind.DM, berta.id) == 1
        assert world.state.count(DeedKind.DM, carl.id) == 0


@pytest.mark.parametrize("how", ["cut", "op 7", "op 9 resumable", 1000, 1001, 4000])
async def test_a_lost_connection_resumes_and_what_was_missed_is_replayed(
    world: FakeDiscord, guild: Guild, post: Channel, how: str | int
):
    berta = world.state.add_member(guild, "berta")
    async with connected(world) as client:
        match how:
            case "cut":
                world.gateway.cut()
            case "op 7":
                world.gateway.ask_to_reconnect()
            case "op 9 resumable":
                world.gateway.invalidate(is_resumable=True)
            case _:
                world.gateway.close(int(how))
        for number in range(20):
            world.state.post(post, berta.user, str(number))
        await client.until("resumed")
        await client.until_heard(20)

        assert client.heard == [str(number) for number in range(20)]
        assert world.gateway.identifies == 1
        assert client.happened.count("ready") == 1


@pytest.mark.parametrize("how", ["op 9", "forgotten", 4009])
async def test_a_lost_session_begins_anew_and_what_was_missed_never_comes(
    world: FakeDiscord, guild: Guild, post: Channel, how: str | int
):
    berta = world.state.add_member(guild, "berta")
    async with connected(world) as client:
        match how:
            case "op 9":
                world.gateway.invalidate(is_resumable=False)
            case "forgotten":
                world.gateway.lose_session()
            case _:
                world.gateway.close(int(how))
        world.state.post(post, berta.user, "missed")
        await client.until("ready", 2)
        world.state.post(post, berta.user, "heard")
        await client.until_heard(1)

        assert client.heard == ["heard"]
        assert world.gateway.identifies == 2


async def test_a_gateway_that_is_down_for_a_while_is_found_again(
    world: FakeDiscord, guild: Guild, post: Channel
):
    berta = world.state.add_member(guild, "berta")
    async with connected(world) as client:
        world.gateway.is_up = False
        world.gateway.cut()
        await world.state.until(lambda: world.gateway.refused >= 2)
        world.state.post(post, berta.user, "meanwhile")
        world.gateway.is_up = True
        await client.until_heard(1)

        assert client.heard == ["meanwhile"]


@pytest.mark.parametrize(
    ("code", "error"), [(4014, discord.PrivilegedIntentsRequired), (4004, discord.ConnectionClosed)]
)
async def test_a_refused_identify_ends_the_client(
    world: FakeDiscord, code: int, error: type[Exception]
):
    world.gateway.refuses_identify_with = code

    with pytest.raises(error):
        async with connected(world):
            pass

    assert world.gateway.identifies == 1


async def test_a_wrong_token_is_refused(world: FakeDiscord):
    world.http.token = "another"

    with pytest.raises(discord.LoginFailure):
        async with connected(world):
            pass


@pytest.mark.parametrize("number", [500, 502, 504, 524])
async def test_some_server_errors_are_retried_by_the_library(
    world: FakeDiscord, post: Channel, number: int
):
    async with connected(world) as client:
        world.faults.script("POST /channels/*/messages", status(number), times=4)

        await client.get_partial_messageable(post.id).send("at last")

        assert world.faults.struck == {str(number): 4}
        assert world.state.count(DeedKind.POST, post.id) == 1


@pytest.mark.parametrize(
    ("fault", "error", "is_done"),
    [
        (status(503), discord.DiscordServerError, False),
        (status(403, 50013), discord.Forbidden, False),
        (Fault(Kind.BANNED), discord.HTTPException, False),
        (Fault(Kind.RESET), aiohttp.ClientOSError, False),
        (Fault(Kind.DROPPED), aiohttp.ServerDisconnectedError, False),
        (Fault(Kind.LOST), aiohttp.ClientOSError, True),
        (Fault(Kind.TRUNCATED), aiohttp.ClientPayloadError, True),
        (Fault(Kind.GARBLED), ValueError, True),
    ],
)
async def test_each_fault_comes_through_the_library_as_measured(
    world: FakeDiscord, post: Channel, fault: Fault, error: type[Exception], *, is_done: bool
):
    async with connected(world) as client:
        world.faults.script("POST /channels/*/messages", fault)

        with pytest.raises(error):
            await client.get_partial_messageable(post.id).send("news")

        assert world.faults.struck[fault.name] == 1
        assert world.state.count(DeedKind.POST, post.id) == is_done


@pytest.mark.parametrize(("kind", "done"), [(Kind.HANG, 0), (Kind.HANG_AFTER, 1)])
async def test_a_request_that_hangs_hangs_until_its_sender_gives_up(
    world: FakeDiscord, post: Channel, kind: Kind, done: int
):
    async with connected(world) as client:
        world.faults.script("POST /channels/*/messages", Fault(kind))
        sending = asyncio.create_task(client.get_partial_messageable(post.id).send("news"))
        await world.state.until(lambda: world.faults.struck[kind.value] == 1)
        await asyncio.wait({sending}, timeout=0.05)

        assert not sending.done()
        assert world.state.count(DeedKind.POST, post.id) == done
        sending.cancel()


async def test_too_many_requests_wait_and_slow_answers_arrive(world: FakeDiscord, post: Channel):
    async with connected(world) as client:
        world.faults.script("POST /channels/*/messages", Fault(Kind.TOO_MANY), times=2)
        world.faults.script(
            "POST /channels/*/messages", Fault(Kind.TOO_MANY, is_global=True), times=1
        )
        world.faults.script("POST /channels/*/messages", Fault(Kind.SLOW))

        await client.get_partial_messageable(post.id).send("news")

        assert world.faults.struck == {"429": 3, "slow": 1}
        assert world.state.count(DeedKind.POST, post.id) == 1


async def test_a_fault_can_wait_for_later_requests_and_for_one_route(
    world: FakeDiscord, guild: Guild, post: Channel
):
    berta = world.state.add_member(guild, "berta")
    posted = [world.state.post(post, berta.user, "words") for _ in range(3)]
    world.faults.script(DELETE, status(403, 50013), after=1)
    async with connected(world) as client:
        where = client.get_partial_messageable(post.id)

        outcomes: list[int] = []
        for message in posted:
            try:
                await where.get_partial_message(message.id).delete()
                outcomes.append(204)
            except discord.Forbidden:
                outcomes.append(403)

        assert outcomes == [204, 403, 204]
        assert world.http.count(403) == 1


async def test_a_route_it_does_not_have_is_told_apart_from_a_thing_it_does_not_have(
    world: FakeDiscord, guild: Guild
):
    async with connected(world) as client:
        with pytest.raises(discord.NotFound):
            await client.fetch_channel(guild.id)
        assert world.http.unknown_requests() == []

        with pytest.raises(discord.HTTPException):
            await client.fetch_premium_sticker_packs()
        assert world.http.unknown_requests() == ["GET /sticker-packs"]
