"""What Alembic runs around each command: which tables, which connection.

Run by Alembic, on the connection that `bot.storage.schema` hands over, or from the command line on
the database named with `-x`: `alembic -x db=cases.sqlite3 check`.
"""

import asyncio
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from bot.errors import StorageError
from bot.storage.columns import AnyJson, AnyText, UtcDateTime
from bot.storage.database import make_engine
from bot.storage.live_tables import Row
from bot.storage.location import locate


def run(connection: Connection) -> None:
    """Run the command at hand on an open connection, inside its transaction."""
    context.configure(
        connection=connection,
        target_metadata=Row.metadata,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
        render_item=_render_plain_type,
    )
    with context.begin_transaction():
        context.run_migrations()


def _render_plain_type(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types as plain SQL ones: a migration must outlive a moved class."""
    match item:
        case AnyText():
            return "sa.Text()"
        case AnyJson():
            return "sa.JSON()"
        case UtcDateTime():
            return "sa.DateTime(timezone=True)"
        case _:
            if kind == "type" and type(item).__module__.startswith("sqlmodel."):
                autogen.imports.add("import sqlmodel")
            return False


async def _run_from_command_line() -> None:
    place = context.get_x_argument(as_dictionary=True).get("db")
    if place is None:
        raise StorageError("no database was named: alembic -x db=PATH_OR_URL COMMAND")
    engine = make_engine(locate(place))
    try:
        async with engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(_run_from_command_line())
