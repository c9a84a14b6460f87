"""Alembic's scripts for our own tables; the ledger's tables belong to `alpr_ledger.store`."""
