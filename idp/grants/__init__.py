"""Grant Management for OAuth 2.0 (FAPI WG, draft 03): an app looks after the grants it was given.

Owns: the words of the draft (actions, scopes of its API), the grant resource (query, revoke), what a merged
or replaced grant does to older refresh tokens.
Does not own: what a grant is and how it changes (consent), the checks and steps of an authorization request
(idp/authorize), tokens (idp/token).
Who may call it: idp/authorize and idp/token take its words; idp/endpoints mounts its routes.
"""
