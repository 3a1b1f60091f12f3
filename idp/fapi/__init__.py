"""The FAPI 2.0 Security Profile (final) for the apps that are registered with it.

Owns: what that profile asks beyond what every app is asked, and the registration that says so.
Does not own: how any of it works (idp/authorize/pushed, idp/dpop, idp/mtls, idp/clients/assertion.py).
Who may call it: idp/clients, idp/token; idp/commands registers by it.

What it asks is asked of everybody here in part, for other reasons: code with PKCE S256 alone, exact redirect
URIs, `iss` in the answer, 303, codes of one use for a minute, no password grant, keys of a sane size.
"""
