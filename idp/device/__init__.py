"""The device grant (RFC 8628): a screen with no keyboard of hers shows a short code, her own phone answers.

Owns: the endpoint where an app starts it, the short code and its guessing limits, the page where a person
types it and is told which app asks from which screen, and where she ends.
Does not own: waiting for the answer and fetching it (idp/polling); sign-in, consent and tokens, which are
those of every request.
Who may call it: idp/endpoints mounts the endpoint, idp/pages the pages, idp/grant_kinds the grant.
"""
