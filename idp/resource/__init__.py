"""The protected data API: what an access token opens, live.

Owns: reading the bearer token, the lean routes of /v1 and userinfo, one transaction a read (check, record,
read).
Does not own: what a grant lets out (consent/profile/release.py), the token rows (idp/token).
Who may call it: idp/app.py mounts its routes.
"""
