"""The name an app knows a session by (`sid`, OpenID Connect Back-Channel Logout section 2.1).

Each app has its own for one session, so that two apps cannot find out by it that they see the same person. It
comes from a key of ours and is stored nowhere: what an app was told in its ID token is made again when the
session ends.
"""

from keys.seal import keyed_hash


def sid_for(key: bytes, client_id: str, root: str) -> str | None:
    """The `sid` of a session for an app, 32 characters; None for a sign-in in no session of a browser's.

    key: `ServerSecrets.sid`. root: of the session (idp/people/tables.py).
    """
    return keyed_hash(key, f"{root} {client_id}".encode())[:16].hex() if root else None
