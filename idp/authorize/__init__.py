"""The authorization endpoint: from a partner's redirect to a code, by way of sign-in and consent.

Owns: parsing a request once, the ordered checks, the pending request that survives sign-in, the dispatcher
that says what comes next, and the answer to the app. Steps never route to one another: each returns to the
dispatcher with the pending request's id.
Does not own: signing in (idp/people), what is shown and recorded of consent (consent), tokens (idp/token).
Who may call it: idp/app mounts its routes; idp/people rebinds a pending request at sign-in.
"""
