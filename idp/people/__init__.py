"""People: their accounts, how they prove who they are, the browsers in which they are signed in.

Owns: accounts and passwords, sessions and their cookies, e-mail links and the outbox, limits on attempts, the
pages of signing in and out, registering, recovering and securing an account.
Does not own: what people share and with whom (consent), their keys (keys), authorization requests
(idp/authorize is told of a sign-in through a hook).
Who may call it: the rest of idp. The assembler opens a `People` (room.py) and includes its router
(router.py); other routes take the session from `people.access`.

    flows    sign_in, registration, recovery, security, on admission (the one way into a session)
    parts    accounts, addresses, passwords, hashing, sessions, cookies, devices, links, outbox, throttle,
             failures
    edges    pages (FastAPI), access (guards of routes), delivery (mails leave), opening (command line)
"""
