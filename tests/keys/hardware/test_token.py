"""The token itself, in this process: what is asked of the module, and what it never gives."""

import socket
import threading
from collections.abc import Iterator

import orjson
import pkcs11
import pytest
from pkcs11 import Attribute, Mechanism, ObjectClass
from pkcs11.exceptions import AttributeSensitive, PKCS11Error

from keys.hardware import process
from keys.hardware import token as tokens
from keys.hardware.access import Access
from keys.hardware.token import Token, Unfit


@pytest.fixture
def token(access: Access) -> Iterator[Token]:
    opened = Token(access)
    opened.open(rw=True)
    yield opened
    opened.close()


@pytest.mark.parametrize("alg", ["ES256", "RS256", "PS256", "EdDSA"])
def test_a_private_key_never_leaves(token: Token, alg: str) -> None:
    token.make(f"stays {alg}", alg)
    key = token._key(f"stays {alg}")
    assert key[Attribute.SENSITIVE]
    assert not key[Attribute.EXTRACTABLE]
    assert not key[Attribute.DECRYPT]
    for attribute in (Attribute.VALUE, Attribute.PRIVATE_EXPONENT, Attribute.PRIME_1):
        with pytest.raises((AttributeSensitive, PKCS11Error)):
            key[attribute]
    token.destroy(f"stays {alg}")
    found = token._session.get_objects({Attribute.ID: f"stays {alg}".encode()})
    assert list(found) == []


def test_a_lost_session_is_opened_again_once(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    token.make("lost", "ES256")
    assert len(token.sign("lost", "ES256", b"before")) == 64
    token._session.close()
    assert len(token.sign("lost", "ES256", b"after")) == 64
    opened = []
    open_again = token.open
    monkeypatch.setattr(token, "open", lambda: opened.append(open_again()))
    with pytest.raises(PKCS11Error):
        token.sign("no such key", "ES256", b"")
    assert len(opened) == 1


def test_what_the_module_cannot_make_is_told_apart(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tokens._NEEDS, "EdDSA", {Mechanism.EDDSA, Mechanism.SEED_CBC})
    with pytest.raises(Unfit):
        token.make("unfit", "EdDSA")


def test_a_point_is_read_with_and_without_its_wrapping() -> None:
    point = b"\x04" + b"x" * 64
    for der in (b"\x04\x41" + point, point):
        assert tokens._point({Attribute.EC_POINT: der}) == point


# --- the processes' own side -----------------------------------------------------------------------------


def test_one_thing_is_done_and_told(access: Access) -> None:
    assert "SoftHSM" in process.once({"access": access})["done"]["manufacturer"]
    made = process.once({"access": access, "make": ["once", "ES256"]})["done"]
    assert (made["kid"], made["crv"]) == ("once", "P-256")
    assert process.once({"access": access, "destroy": "once"}) == {"done": None}


def test_what_is_wrong_is_told_by_its_kind(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    assert process.once({"access": access._replace(pin="00000000")}) == {"refused": "PinIncorrect"}
    assert process.once({"access": access._replace(token="another")}) == {"failed": "NoSuchToken"}
    monkeypatch.setitem(tokens._NEEDS, "EdDSA", {Mechanism.EDDSA, Mechanism.SEED_CBC})
    assert process.once({"access": access, "make": ["odd", "EdDSA"]}) == {"unfit": True}


def test_lines_that_come_at_once_are_answered_in_turn(access: Access) -> None:
    process.once({"access": access, "make": ["lines", "ES256"]})
    ours, its = socket.socketpair()
    served = threading.Thread(target=process.sign_for, args=(its,))
    served.start()
    key = {"kid": "lines", "alg": "ES256", "jwk": None}
    drafts = [["lines", "JWT", {"n": 1}, None]]
    with ours:
        ours.sendall(b"\n".join([orjson.dumps(list(access)), orjson.dumps(key), orjson.dumps(drafts), b""]))
        ours.shutdown(socket.SHUT_WR)
        served.join(30)
        its.close()
        hello, signed, rest = ours.recv(65536).split(b"\n")
    assert "done" in orjson.loads(hello)
    assert len(orjson.loads(signed)) == 1
    assert rest == b""


def test_an_end_that_says_nothing_is_an_end() -> None:
    ours, its = socket.socketpair()
    ours.close()
    with its:
        process.sign_for(its)


def test_the_library_is_the_one_that_is_named(access: Access) -> None:
    assert pkcs11.lib(access.module).get_token(token_label=access.token).label == access.token
    assert ObjectClass.PRIVATE_KEY
