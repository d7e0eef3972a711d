"""Brings a database's schema up to what the code expects. Not the schema (`bot.storage.tables`).

Alembic is loaded only for a database that is not current. Called by `bot.storage.database`.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from bot.errors import StorageError
from bot.storage import migrations
from bot.storage.location import Location
from bot.storage.migrations import HEAD_REVISION


def is_current(connection: Connection, location: Location) -> bool:
    """Check whether the schema is the newest; an empty database is not, but may become so.

    Raises:
        StorageError: the database is another program's.
    """
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found == HEAD_REVISION
    if tables:
        raise StorageError(
            f"the database {location} holds another program's tables (such as {tables[0]}):"
            " name a new one"
        )
    return False


def upgrade(connection: Connection, location: Location) -> None:
    """Bring the schema to the newest revision, in the connection's transaction.

    Raises:
        StorageError: a newer Evenhand, or another program, made this schema.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    folder = Path(migrations.__file__).parent
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in known:
        raise StorageError(
            f"the database {location} has schema {found}, newer than this Evenhand knows"
            f" ({HEAD_REVISION}): update Evenhand, or name another database"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
