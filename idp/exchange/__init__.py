"""Token exchange (RFC 8693): an app acts on behalf of another, with less than either was let.

Owns: what may be exchanged for what, and what an exchange writes.
Does not own: what an exchanged token opens (idp/token/behalf.py), what tokens contain (idp/token).
Who may call it: idp/grant_kinds.py mounts it.

An app that is registered for it shows an access token, another app's or its own, and gets one for itself.
The person must let it read by a grant of its own: what comes out opens what both grants and the token that
was shown open alike, lasts no longer than any of them, and ends with any of them. Nothing is handed on to
a third: each app asks for itself.
"""
