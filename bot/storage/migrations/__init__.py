"""The schema's history, run by Alembic. Not what the tables mean (`bot.storage.tables`)."""

HEAD_REVISION = "0004"
"""The newest revision under versions/. Here, so that a current database needs no Alembic."""
