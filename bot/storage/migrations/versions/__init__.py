"""One module for each change of the schema, oldest first. Loaded by Alembic alone."""
