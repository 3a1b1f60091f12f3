"""Tokens: from a code to reads, and their end.

Owns: lines (one authorization code and everything issued from it), access token rows, the token, revocation
and introspection endpoints, what tokens contain.
Does not own: whether a person allowed it (consent), who the client is (idp/clients), keys (keys).
Who may call it: idp/authorize issues codes, idp/resource looks tokens up, idp/app mounts the routes.
"""
