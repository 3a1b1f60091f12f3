"""What is sealed in a row of this room, and where it stands."""

from typing import Literal, NamedTuple

import orjson

from idp.context import Server
from keys.people import PersonSecrets
from keys.seal import SealError, derive, seal, unseal


class Meant(NamedTuple):
    """Who is asked, and what both screens say. kind: "address" of e-mail, or "account" by its id."""

    kind: Literal["address", "account"]
    text: str
    message: str


class Ping(NamedTuple):
    """What is posted to an app: which of its requests, and what proves that it is us."""

    auth_req_id: str
    bearer: str


class Seals:
    """Under a key of the server's that only this room uses, or under hers."""

    def __init__(self, server: Server) -> None:
        self._key = derive(server.secrets.people, "accord backchannel v1")

    def meant(self, asked_id: str, meant: Meant) -> bytes:
        return seal(self._key, orjson.dumps([*meant]), _place("meant", asked_id))

    def open_meant(self, asked_id: str, sealed: bytes) -> Meant | None:
        """None where nothing opens: the look-up was made already."""
        try:
            return Meant(*orjson.loads(unseal(self._key, sealed, _place("meant", asked_id))))
        except SealError:
            return None

    def ping(self, asked_id: str, ping: Ping) -> bytes:
        return seal(self._key, orjson.dumps([*ping]), _place("ping", asked_id))

    def open_ping(self, asked_id: str, sealed: bytes | None) -> Ping | None:
        """None where there is nothing to open, or it does not."""
        try:
            opened = None if sealed is None else unseal(self._key, sealed, _place("ping", asked_id))
        except SealError:
            return None
        return None if opened is None else Ping(*orjson.loads(opened))


def seal_message(person: PersonSecrets, asked_id: str, message: str) -> bytes:
    """The message under her own key."""
    return seal(person.data_key, message.encode(), _place("message", asked_id))


def open_message(person: PersonSecrets, asked_id: str, sealed: bytes) -> str:
    """The message; "" where none was kept for her."""
    try:
        return unseal(person.data_key, sealed, _place("message", asked_id)).decode()
    except SealError:
        return ""


def _place(what: str, asked_id: str) -> bytes:
    return f"backchannel.{what}:{asked_id}".encode()
