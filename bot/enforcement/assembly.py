"""Puts the enforcement of one client together. Not a part itself; called by composition roots."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import discord

from bot.domain.ids import GuildId
from bot.enforcement.admins import Admins
from bot.enforcement.breakers import Breakers
from bot.enforcement.deeds import Deeds
from bot.enforcement.enforcer import DiscordEnforcer
from bot.enforcement.pace import Pace
from bot.enforcement.reconcile import Reconcile
from bot.enforcement.requests import Requests
from bot.enforcement.watch import RestWatch
from bot.moderation.ports import Appeals, CaseLog, Guilds, Ledger


@dataclass(frozen=True, slots=True)
class Enforcement:
    """What others need of it: the port, words to admins, and the breakers' event."""

    enforcer: DiscordEnforcer
    admins: Admins
    breakers: Breakers


def make_enforcement(
    client: discord.Client,
    *,
    cases: CaseLog,
    ledger: Ledger,
    guilds: Guilds,
    appeals: Appeals,
    clock: Callable[[], datetime],
    watch: RestWatch,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    pace: Pace | None = None,
) -> Enforcement:
    """Make what acts through a client.

    The client must have been made with `http_trace=watch.trace`: without it requests have no
    deadline of ours. `breakers.permissions_changed` is called when a server's roles, overwrites or
    the bot's own roles change. `pace` is Discord's but for tests that run the clock themselves.
    """
    breakers = Breakers(watch=watch)
    requests = Requests(client, breakers=breakers, watch=watch, pace=pace, sleep=sleep)
    admins = Admins(client, requests=requests, guilds=guilds)
    deeds = Deeds(
        client,
        requests=requests,
        breakers=breakers,
        watch=watch,
        cases=cases,
        ledger=ledger,
        guilds=guilds,
        appeals=appeals,
    )

    async def tell_admins(guild: GuildId, text: str) -> None:
        await admins.tell(guild, text)

    enforcer = DiscordEnforcer(
        deeds=deeds,
        reconcile=Reconcile(deeds=deeds, requests=requests, watch=watch),
        breakers=breakers,
        cases=cases,
        ledger=ledger,
        clock=clock,
        tell_admins=tell_admins,
    )
    return Enforcement(enforcer, admins, breakers)
