"""Signing out, and who is told (OpenID Connect RP-Initiated, Back-Channel and Front-Channel Logout 1.0).

Owns: the end session endpoint, what such a request proves, the page that asks, the page that says it is done;
who was signed in within a session, the logout token, the page that opens apps in frames.
Does not own: sessions and ending them (idp/people/ending.py, which tells this room), what an app registers
(idp/clients), the outbox, its retries and its courier (idp/signals, of which logouts are a channel), the
logout of France Travail Connect (idp/francetravail), which has an address and rules of its own.
Who may call it: idp/pages.py mounts its routes, idp/discovery.py announces them.

    request, proof    what came, and what it proves
    pages             the endpoint and its pages
    telling           a session ends: which apps, what is queued, what is framed
    token             the logout token, and what an app's answer means
    leaving           the page with the frames
"""
