"""The schema's history (Alembic). SQLModel classes are the source of truth; a test compares the two.

Owns: the revisions, and bringing a database to the newest one.
Does not own: the tables (each room's tables.py).
Who may call it: idp/cli.py and idp/app.py; tests.
"""
