"""Pushed authorization requests (RFC 9126): an app leaves its request with us before the browser comes.

Owns: the endpoint, the kept request, and its `request_uri`, which is good for one authorization.
Does not own: what a request must satisfy (idp/authorize/checks.py), nor what becomes of it once a browser
brought it (the pending request).
Who may call it: idp/endpoints mounts the endpoint; idp/authorize reads and spends what was pushed.

A `request_uri` is spent with the answer, in its transaction, not when the browser first shows it: she may
reload the page, sign in elsewhere or come back to it, and of all that one authorization comes.
"""
