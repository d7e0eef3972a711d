"""API keys and quotas: Google's bodies, every place a key may stand, and no word of it in a log."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.domain.api_key import ApiKey
from bot.errors import StorageError
from bot.web.keys import RETRY_S, STALE_S, hash_key
from tests.bot.web.conftest import NOON, Serve, Server, raw
from tests.fakes.memory_web import MemoryApiKeys

TEXT = "forum-secret"
BODY: dict[str, Any] = {"comment": {"text": "hello"}, "requestedAttributes": {"TOXICITY": {}}}
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"


def keys(per_minute: int = 60) -> MemoryApiKeys:
    return MemoryApiKeys([ApiKey("forum", hash_key(TEXT), per_minute, NOON)])


async def ask(server: Server, headers: dict[str, str] | None = None, **query: str) -> Any:
    address = f"{server.url}/v1alpha1/comments:analyze"
    async with server.session.post(address, json=BODY, headers=headers, params=query) as response:
        return response.status, await response.json(), response.headers


async def test_on_loopback_nobody_is_asked_for_a_key(server: Server) -> None:
    assert (await ask(server))[0] == 200
    assert (await ask(server, key="anything"))[0] == 200


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, {"key": TEXT}),
        ({"X-Goog-Api-Key": TEXT}, {}),
        ({"Authorization": f"Bearer {TEXT}"}, {}),
        ({}, {"access_token": TEXT}),
        ({}, {"oauth_token": TEXT}),
    ],
)
async def test_a_key_may_stand_wherever_clients_put_one(
    serve: Serve, headers: dict[str, str], query: dict[str, str]
) -> None:
    server = await serve(keys=keys())
    assert (await ask(server, headers, **query))[0] == 200


async def test_a_key_that_does_not_exist_is_refused_as_google_does(serve: Serve) -> None:
    server = await serve(keys=keys())
    status, answer, _ = await ask(server, key="wrong")
    error = answer["error"]
    assert (status, error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["message"] == "API key not valid. Please pass a valid API key."
    assert error["details"][0]["@type"] == ERROR_INFO
    assert error["details"][0]["reason"] == "API_KEY_INVALID"


async def test_no_key_at_all_is_forbidden(serve: Serve) -> None:
    server = await serve(keys=keys())
    status, answer, _ = await ask(server)
    assert (status, answer["error"]["status"]) == (403, "PERMISSION_DENIED")


async def test_a_wrong_key_is_refused_before_the_body_is_looked_at(serve: Serve) -> None:
    server = await serve(keys=keys())
    async with server.session.post(f"{server.url}/v1alpha1/comments:analyze?key=no") as response:
        details = (await response.json())["error"]["details"]
    assert details[0]["reason"] == "API_KEY_INVALID"


async def test_the_discovery_document_needs_no_key_but_refuses_a_wrong_one(serve: Serve) -> None:
    server = await serve(keys=keys())
    address = f"{server.url}/$discovery/rest?version=v1alpha1"
    for query, status in (("", 200), (f"&key={TEXT}", 200), ("&key=no", 400)):
        async with server.session.get(address + query) as response:
            assert response.status == status


async def test_a_quota_used_up_gets_googles_429_and_fills_up_with_time(serve: Serve) -> None:
    server = await serve(keys=keys(per_minute=2))
    assert [(await ask(server, key=TEXT))[0] for _ in range(3)] == [200, 200, 429]
    _, answer, headers = await ask(server, key=TEXT)
    error = answer["error"]
    metric = "Analysis requests (AnalyzeComment)"
    assert error["message"] == (
        f"Quota exceeded for quota metric '{metric}' and limit '{metric} per minute' of service"
        " 'commentanalyzer.googleapis.com' for consumer 'projects/forum'."
    )
    assert error["status"] == "RESOURCE_EXHAUSTED"
    info, help_ = error["details"]
    assert info["reason"] == "RATE_LIMIT_EXCEEDED"
    assert info["domain"] == "googleapis.com"
    assert info["metadata"]["quota_limit_value"] == "2"
    assert info["metadata"]["quota_limit"] == "AnalyzeRequestsPerMinutePerProject"
    assert help_["@type"] == "type.googleapis.com/google.rpc.Help"
    # Two a minute are one in 30 s.
    assert headers["Retry-After"] == "30"
    server.clock.now += 30
    assert (await ask(server, key=TEXT))[0] == 200
    assert (await ask(server, key=TEXT))[0] == 429


async def test_a_suggestion_uses_up_quota_too(serve: Serve) -> None:
    server = await serve(keys=keys(per_minute=1))
    suggestion = {
        "comment": {"text": "hello"},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0}}},
    }
    statuses = [(await server.post("suggestscore", suggestion, key=TEXT))[0] for _ in range(2)]
    assert statuses == [200, 429]
    assert [each.key for each in server.suggestions.kept] == ["forum"]
    assert (await ask(server, key=TEXT))[0] == 429


async def test_one_keys_quota_is_not_anothers(serve: Serve) -> None:
    known = keys(per_minute=1)
    known.keys.append(ApiKey("other", hash_key("other-secret"), 1, NOON))
    server = await serve(keys=known)
    assert [(await ask(server, key=TEXT))[0] for _ in range(2)] == [200, 429]
    assert (await ask(server, key="other-secret"))[0] == 200


async def test_a_revoked_key_stops_to_hold_within_seconds(serve: Serve) -> None:
    known = keys()
    server = await serve(keys=known)
    assert (await ask(server, key=TEXT))[0] == 200
    known.keys[0] = replace(known.keys[0], revoked_at=NOON)
    server.clock.now += STALE_S
    assert (await ask(server, key=TEXT))[0] == 400


async def test_a_new_key_holds_within_a_second(serve: Serve) -> None:
    known = MemoryApiKeys()
    server = await serve(keys=known)
    assert (await ask(server, key=TEXT))[0] == 400
    known.keys.append(ApiKey("forum", hash_key(TEXT), 60, NOON))
    server.clock.now += RETRY_S
    assert (await ask(server, key=TEXT))[0] == 200


async def test_the_database_is_not_asked_for_every_request(serve: Serve) -> None:
    known = keys()
    server = await serve(keys=known)
    for _ in range(20):
        await ask(server, key=TEXT)
        await ask(server, key="guess")
    assert known.readings == 1


@dataclass
class SlowApiKeys(MemoryApiKeys):
    """Keys that are read once they are let go; `is_broken` has the reading fail."""

    is_broken: bool = False
    asked_for: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def all(self) -> Sequence[ApiKey]:
        self.asked_for.set()
        await self.let_go.wait()
        if self.is_broken:
            self.readings += 1
            raise StorageError("the database is kept locked")
        return await super().all()


async def test_all_who_come_while_the_keys_are_first_read_wait_for_them(serve: Serve) -> None:
    known = SlowApiKeys(keys().keys)
    server = await serve(keys=known)
    asking = [asyncio.create_task(ask(server, key=TEXT)) for _ in range(10)]
    await known.asked_for.wait()
    known.let_go.set()
    assert [status for status, _, _ in await asyncio.gather(*asking)] == [200] * 10
    assert known.readings == 1


async def test_keys_that_cannot_be_read_any_more_hold_on_and_no_other_is_judged(
    serve: Serve,
) -> None:
    known = SlowApiKeys(keys().keys)
    known.let_go.set()
    server = await serve(keys=known)
    assert (await ask(server, key=TEXT))[0] == 200
    known.is_broken = True
    server.clock.now += STALE_S
    assert (await ask(server, key=TEXT))[0] == 200
    assert known.readings == 2
    status, answer, headers = await ask(server, key="perhaps-new")
    assert (status, answer["error"]["status"]) == (503, "UNAVAILABLE")
    assert headers["Retry-After"] == "1"
    known.is_broken = False
    server.clock.now += RETRY_S
    assert (await ask(server, key="perhaps-new"))[0] == 400


async def test_where_no_key_could_ever_be_read_the_answer_is_to_try_again(serve: Serve) -> None:
    known = SlowApiKeys(keys().keys, is_broken=True)
    known.let_go.set()
    server = await serve(keys=known)
    for _ in range(2):
        status, _, headers = await ask(server, key=TEXT)
        assert (status, headers["Retry-After"]) == (503, "1")
    assert known.readings == 1


async def test_a_key_of_bytes_that_are_no_text_is_refused(serve: Serve) -> None:
    server = await serve(keys=keys())
    head = b"POST /v1alpha1/comments:analyze HTTP/1.1\r\nConnection: close\r\nHost: x\r\n"
    assert b"HTTP/1.1 400" in await raw(server, head + b"X-Goog-Api-Key: \xff\r\n\r\n")
