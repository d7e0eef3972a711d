"""What of a Discord message counts as its author's words, and who is never acted on."""

from datetime import timedelta
from typing import Any

import discord
import pytest

from bot.domain.ids import PlaceId, RoleId
from bot.intake.message import comment_of, is_comment, parent_of
from bot.intake.watch import is_watched, place_of
from tests.bot.intake.unplugged import NOON, Client, Unplugged, message_of
from tests.fakes.discord import payloads
from tests.fakes.discord.nouns import Channel, User

MANAGE_MESSAGES, ADMINISTRATOR = 1 << 13, 1 << 3


@pytest.fixture
def here() -> Unplugged:
    return Unplugged()


@pytest.fixture
def ann(here: Unplugged) -> User:
    return here.member("ann")


@pytest.fixture
def bob(here: Unplugged) -> User:
    return here.member("bob")


@pytest.fixture
def post(here: Unplugged, ann: User) -> Channel:
    return here.state.add_thread(here.forum, "Old bridges", ann, "Is ours safe?")


@pytest.fixture
def client(here: Unplugged, post: Channel) -> Client:
    return here.connect()


def said(here: Unplugged, client: Client, post: Channel, by: User, text: str, **extra: Any) -> Any:
    return message_of(client, here.state.post(post, by, text, **extra), here.state)


def test_the_first_message_of_a_post_begins_with_its_title(
    here: Unplugged, client: Client, post: Channel
) -> None:
    first = comment_of(message_of(client, post.messages[post.id], here.state))
    assert first.text == "Old bridges\nIs ours safe?"
    assert (first.parent_id, first.revision, first.created_at) == (None, 0, NOON)


def test_a_comment_is_its_words_alone(
    here: Unplugged, client: Client, post: Channel, bob: User
) -> None:
    comment = comment_of(said(here, client, post, bob, "It is."))
    assert (comment.text, comment.author.name, comment.author.id) == ("It is.", "bob", str(bob.id))
    assert comment.author.immune is None


def test_a_post_stands_in_its_forum(here: Unplugged, client: Client, post: Channel) -> None:
    place = comment_of(message_of(client, post.messages[post.id], here.state)).place
    assert (place.guild, place.forum, place.thread) == (
        str(here.guild.id),
        str(here.forum.id),
        str(post.id),
    )


def test_a_text_channel_is_its_own_forum(here: Unplugged, client: Client, bob: User) -> None:
    place = comment_of(said(here, client, here.channel, bob, "Hello")).place
    assert (place.forum, place.thread) == (PlaceId(str(here.channel.id)),) * 2


def test_a_thread_inherits_being_watched(here: Unplugged, client: Client, post: Channel) -> None:
    guild = client.get_guild(here.guild.id)
    assert guild is not None
    thread, chat = guild.get_thread(post.id), guild.get_channel(here.channel.id)
    assert thread is not None
    assert isinstance(chat, discord.TextChannel)
    assert is_watched(thread, {str(here.forum.id)})
    assert not is_watched(thread, {str(post.id)})
    assert not is_watched(chat, {str(here.forum.id)})
    assert place_of(chat).category is None


def test_forwarded_words_count(here: Unplugged, client: Client, post: Channel, bob: User) -> None:
    forwarded = {
        "content": "you clown",
        "timestamp": "2026-02-01T00:00:00+00:00",
        "edited_timestamp": None,
        "type": 0,
        "embeds": [],
        "attachments": [an_attachment("proof.png")],
        "flags": 0,
    }
    message = said(
        here,
        client,
        post,
        bob,
        "",
        type=0,
        message_snapshots=[{"message": forwarded}],
        message_reference={"type": 1, "message_id": "5", "channel_id": "6"},
    )
    comment = comment_of(message)
    assert (comment.text, comment.parent_id) == ("you clown\nproof.png", None)


def test_a_polls_question_and_answers_count(
    here: Unplugged, client: Client, post: Channel, bob: User
) -> None:
    poll = {
        "question": {"text": "Who is the clown?"},
        "answers": [
            {"answer_id": 1, "poll_media": {"text": "Ann"}},
            {"answer_id": 2, "poll_media": {"text": "Cy"}},
        ],
        "expiry": "2026-03-02T12:00:00+00:00",
        "allow_multiselect": False,
        "layout_type": 1,
    }
    message = said(here, client, post, bob, "", poll=poll)
    assert comment_of(message).text == "Who is the clown?\nAnn\nCy"


def test_file_names_and_descriptions_count(
    here: Unplugged, client: Client, post: Channel, bob: User
) -> None:
    files = [an_attachment("you_clown.png", description="a clown, you")]
    message = said(here, client, post, bob, "look", attachments=files)
    assert comment_of(message).text == "look\nyou_clown.png\na clown, you"


def test_what_a_link_unfolds_to_is_not_the_authors_words(
    here: Unplugged, client: Client, post: Channel, bob: User
) -> None:
    message = said(here, client, post, bob, "https://x.example", embeds=[{"title": "you clown"}])
    assert comment_of(message).text == "https://x.example"


def test_an_edit_names_its_version_and_an_unfolded_link_does_not(
    here: Unplugged, client: Client, post: Channel, bob: User
) -> None:
    posted = here.state.post(post, bob, "one")
    posted.extra["embeds"] = [{"title": "unfolded"}]
    assert comment_of(message_of(client, posted, here.state)).revision == 0
    posted.edited_at = NOON + timedelta(seconds=90)
    version = comment_of(message_of(client, posted, here.state)).revision
    assert version == int(NOON.timestamp() * 1000) + 90_000


def test_a_reply_names_what_it_answers_and_brings_it_along(
    here: Unplugged, client: Client, post: Channel, bob: User
) -> None:
    reference = {"message_id": str(post.id), "channel_id": str(post.id)}
    answered = payloads.message(post.messages[post.id])
    message = said(
        here,
        client,
        post,
        bob,
        "you?",
        message_reference=reference,
        referenced_message=answered,
    )
    parent = parent_of(message)
    assert parent is not None
    assert comment_of(message).parent_id == parent.id == str(post.id)
    assert parent.author.name == "ann"


def test_only_those_named_in_the_text_are_mentioned(
    here: Unplugged, client: Client, post: Channel, ann: User, bob: User
) -> None:
    mentions = [payloads.user(who) for who in (ann, bob)]
    message = said(here, client, post, bob, f"<@{ann.id}> look", mentions=mentions)
    assert [author.name for author in comment_of(message).mentions] == ["ann"]


def test_a_new_title_is_a_version_of_the_first_message_by_who_gave_it(
    here: Unplugged, client: Client, post: Channel, ann: User
) -> None:
    here.state.later(minutes=5)
    notice = message_of(client, here.rename(post, "you clowns", ann), here.state)
    assert is_comment(notice)
    comment = comment_of(notice)
    assert (comment.id, comment.text, comment.author.name) == (str(post.id), "you clowns", "ann")
    assert comment.revision == int((NOON + timedelta(minutes=5)).timestamp() * 1000)


@pytest.mark.parametrize(
    "extra",
    [{"type": 6}, {"type": 18}, {"type": 20}, {"webhook_id": "77"}],
    ids=["pin", "thread", "command", "webhook"],
)
def test_notices_of_the_system_and_webhooks_are_no_comments(
    here: Unplugged, client: Client, post: Channel, bob: User, extra: dict[str, Any]
) -> None:
    assert not is_comment(said(here, client, post, bob, "words", **extra))


def test_bots_are_no_commenters(here: Unplugged, client: Client, post: Channel) -> None:
    assert not is_comment(said(here, client, post, here.state.me, "words"))


def test_a_member_of_a_server_is(here: Unplugged, client: Client, post: Channel, bob: User) -> None:
    assert is_comment(said(here, client, post, bob, "words"))


def test_roles_go_by_id_and_by_name(here: Unplugged, client: Client, post: Channel) -> None:
    role = here.state.add_role(here.guild, "Old  hands", position=1)
    author = comment_of(said(here, client, post, here.member("cy", role.id), "hi")).author
    assert {RoleId(str(role.id)), RoleId("Old hands")} <= author.roles


@pytest.mark.parametrize(
    ("rank", "immune"),
    [
        ((0, 1), None),
        ((MANAGE_MESSAGES, 1), "moderates here"),
        ((ADMINISTRATOR, 1), "administers this server"),
        ((0, 11), "stands above the bot in the order of roles"),
    ],
)
def test_staff_and_those_above_the_bot_are_immune(
    here: Unplugged, client: Client, post: Channel, rank: tuple[int, int], immune: str | None
) -> None:
    permissions, position = rank
    role = here.state.add_role(here.guild, "some", position=position, permissions=permissions)
    author = comment_of(said(here, client, post, here.member("cy", role.id), "hi")).author
    assert author.immune == immune


def test_the_owner_is_immune(here: Unplugged, client: Client, post: Channel) -> None:
    owner = here.state.users[here.guild.owner]
    assert comment_of(said(here, client, post, owner, "hi")).author.immune == "owns this server"


def an_attachment(name: str, **more: Any) -> dict[str, Any]:
    fields = {"id": "1", "filename": name, "size": 1, "url": "u", "proxy_url": "p"}
    return {**fields, **more}
