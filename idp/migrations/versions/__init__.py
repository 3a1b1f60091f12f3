"""One file a revision, in order.

Owns: how each released schema became the next. A revision that was released is never edited, and none goes
back: dropping a table would drop the ledger with it. The way back is the backup taken before.
Does not own: the schema as it is now (each room's tables.py).
Who may call it: Alembic, through schema.py.
"""
