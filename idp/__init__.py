"""Who people and apps are, and the protocol between them.

Owns: accounts and sessions, the registry of apps, authorize, token, the protected data API, discovery, the
assembly of the whole (app.py) and the `accord` command (cli.py). It orchestrates what touches two rooms.
Does not own: what may be shared and what a grant releases (consent), the ledger (consent), keys (keys).
Who may call it: nobody; it is the outermost room.
"""
