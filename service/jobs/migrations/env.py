"""Alembic's entrance: runs the migrations on the connection that `service.jobs.database` hands over."""

from __future__ import annotations

from alembic import context

from service.jobs.table import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"], target_metadata=METADATA, version_table=VERSION_TABLE
)
context.run_migrations()
