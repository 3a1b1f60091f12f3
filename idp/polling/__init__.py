"""A request that its app polls for at the token endpoint, while a person answers it elsewhere.

Owns: the kept request of either kind (`kinds.py`: the device grant of RFC 8628, CIBA), how often it may be
asked about, its one answer, and the tokens that come of it, once.
Does not own: how an app makes such a request, nor how a person comes to see it (idp/device and its like);
what she is shown and decides (idp/authorize, consent); lines and tokens (idp/token).
Who may call it: the room of a kind; idp/authorize, which answers; idp/grant_kinds, which mounts.

A kind uses it so:

    asked = asking(KIND, client, form, NAMES, now)       # asking.py: an AuthorizeRequest
    first_refusal((*before_trust(asked), *after_trust(settings, asked)), asked, client)
    text, row = polled(asked, hash_key, expires_at=…)    # text: what the app polls with
    await store.keep(tx, row._replace(account_id=…))     # or code_hash=…, of a short code that she types
    pending_id = await bring(tx, row, session.id, now)   # her browser goes on at CONTINUE_PATH + pending_id
    await store.answer(tx, row.id, now)                  # a refusal; approvals come through /authorize alone

From `bring` on all is as in a plain authorization: sign-in, what a standing grant covers, the consent screen,
a parent. The answer opens a line under the grant, and her browser ends at `KIND.ends_on + row.id`, a page of
the kind's room, where a plain request would be redirected.
The kind's row in idp/grant_kinds is `GrantKind(ItsGrant, (IdToken(),), polled_by(KIND))`, `ItsGrant` being a
`PolledGrant` (grant.py) that says its GRANT_TYPE and KIND.
States: pending, until it expires; then refused (answered, no line), or approved, and once redeemed, which is
the line's own `redeemed_at`.
"""
