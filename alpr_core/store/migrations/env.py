"""What Alembic runs: always on the connection that `schema.upgrade` gives it, inside its transaction."""

from __future__ import annotations

from alembic import context

from alpr_core.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the caller's transaction is the one transaction
)
context.run_migrations()
