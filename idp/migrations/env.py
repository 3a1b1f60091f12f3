"""Alembic's entry: runs the revisions on the connection that schema.py hands over."""

from alembic import context

from idp.migrations.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite cannot alter most things in place: a table is rebuilt.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
