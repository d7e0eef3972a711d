"""Each server's settings and its history of policies, in a database. Fits `ports.Guilds`.

Not what they mean (`config.guild`, `config.policy`). Used by composition roots.
"""

from datetime import datetime

from pydantic import ValidationError
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.ids import GuildId, MemberId
from bot.errors import BadPolicyError, StorageError
from bot.moderation.ports import PolicyVersion
from bot.policy.policy_file import parse_policy
from bot.policy.record import policy_version, to_toml
from bot.storage.database import Database
from bot.storage.live_tables import GuildPolicyRow, GuildRow
from bot.storage.tables import PolicyRow
from config.guild import GuildSettings
from config.policy import Policy


class SqlGuilds:
    """Settings and policies in an open database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def settings(self, guild: GuildId) -> GuildSettings:
        """Give a server's settings; the defaults where none are saved.

        Raises:
            StorageError: they were changed by something else into none.
        """
        async with self._database.read() as session:
            return await settings_of(session, guild)

    async def save_settings(self, guild: GuildId, settings: GuildSettings) -> None:
        """Save a server's settings."""
        row = GuildRow(guild_id=guild, settings=settings.model_dump(mode="json"))
        async with self._database.write() as session:
            await session.merge(row)

    async def policy(self, guild: GuildId) -> PolicyVersion | None:
        """Give the policy that holds; None where none was ever saved.

        Raises:
            StorageError: it was changed by something else into none.
        """
        newest = await self._list(guild, limit=1)
        return newest[0] if newest else None

    async def save_policy(
        self, guild: GuildId, policy: Policy, *, by: MemberId | None, note: str, at: datetime
    ) -> PolicyVersion:
        """Save a policy as the newest version, which holds from now on."""
        version = policy_version(policy)
        async with self._database.write() as session:
            if await session.get(PolicyRow, version) is None:
                session.add(PolicyRow(version=version, toml=to_toml(policy), first_used_at=at))
                await session.flush()
            newest = await session.exec(
                select(func.max(GuildPolicyRow.number)).where(GuildPolicyRow.guild_id == guild)
            )
            number = (newest.one() or 0) + 1
            session.add(
                GuildPolicyRow(
                    guild_id=guild,
                    number=number,
                    policy_version=version,
                    saved_at=at,
                    saved_by=by,
                    note=note,
                )
            )
        return PolicyVersion(guild, number, policy, at, by, note)

    async def policies(self, guild: GuildId) -> list[PolicyVersion]:
        """List a guild's policies, newest first.

        Raises:
            StorageError: one was changed by something else into none.
        """
        return await self._list(guild)

    async def _list(self, guild: GuildId, *, limit: int | None = None) -> list[PolicyVersion]:
        async with self._database.read() as session:
            found = await session.exec(
                select(GuildPolicyRow, PolicyRow)
                .join(PolicyRow)
                .where(GuildPolicyRow.guild_id == guild)
                .order_by(col(GuildPolicyRow.number).desc())
                .limit(limit)
            )
            return [_to_version(row, policy) for row, policy in found]


async def settings_of(session: AsyncSession, guild: GuildId) -> GuildSettings:
    """Read a server's settings in the session at hand.

    Raises:
        StorageError: they were changed by something else into none.
    """
    row = await session.get(GuildRow, guild)
    if row is None:
        return GuildSettings()
    try:
        return GuildSettings.model_validate(row.settings)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in detail["loc"])
        raise StorageError(
            f"the settings of server {guild} cannot be read back ({name}: {detail['msg']}): their"
            " row was changed by something other than Evenhand"
        ) from error


def _to_version(row: GuildPolicyRow, policy: PolicyRow) -> PolicyVersion:
    where = f"policy {row.number} of server {row.guild_id}"
    try:
        parsed = parse_policy(policy.toml, where=where, name=where)
    except BadPolicyError as error:
        raise StorageError(f"{where} cannot be read back ({error.what})") from error
    by = None if row.saved_by is None else MemberId(row.saved_by)
    return PolicyVersion(GuildId(row.guild_id), row.number, parsed, row.saved_at, by, row.note)
