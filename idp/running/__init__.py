"""A server's life: opening its parts, what it does in the background, its health, its end.

Owns: the order in which parts open and close, key rotation with its ledger events, purges, readiness.
Does not own: routes (app.py), the command line (idp/commands).
Who may call it: idp/app.py, idp/commands, idp/demo.
"""
