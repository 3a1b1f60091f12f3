"""Apps: their registration, what they may ask, and how they prove who they are.

Owns: the client table, its reading into frozen `Client`s, redirect URI rules, client authentication.
Does not own: what a person allowed an app (consent), tokens (idp/token).
Who may call it: the rest of idp.
"""
