"""Run the migrations on the connection that `ektp.storage.migrate` hands over."""

from alembic import context

from ektp.storage.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"], target_metadata=METADATA, transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()
