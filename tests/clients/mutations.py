"""Tokens that almost hold: one good token, changed in a way that somebody once got through with."""

import json
from typing import Any

from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey

from tests.idp.tokens import b64, unb64

NOTHING = "nothing"
ABSENT = ...  # for a claim: it is left out
_ODD: list[Any] = [None, True, False, 0, -1, 1.5, 1e300, 2**63, "", "1", "é", [], {}, ["x"], {"a": 1}]
_HEADERS: list[dict[str, Any]] = [
    {"alg": "none"},
    {"alg": "HS256"},
    {"alg": "ES256"},
    {"alg": "RS256"},
    {"alg": ["EdDSA"]},
    {"alg": None},
    {"alg": "eddsa"},
    {"kid": "another"},
    {"kid": None},
    {"kid": 7},
    {"kid": "../../etc/passwd"},
    {"typ": None},
    {"typ": "JWT"},
    {"typ": "at+jwt"},
    {"typ": "dpop+jwt"},
    {"typ": "logout+jwt"},
    {"typ": "application/oauth-authz-req+jwt"},
    {"crit": []},
    {"crit": ["exp"]},
    {"crit": ["b64"], "b64": False},
    {"b64": False},
    {"zip": "DEF"},
    {"jku": "https://evil.example/keys"},
    {"x5u": "https://evil.example/cert"},
    {"cty": "JWT"},
    {"unknown": 1},
]
_NAMES = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "htm", "htu", "nonce", "client_id", "extra"]


def header_changes() -> st.SearchStrategy[dict[str, Any]]:
    """Members for a header; None leaves one out."""
    return st.sampled_from(_HEADERS)


def claim_changes(now: int) -> st.SearchStrategy[dict[str, Any]]:
    """Claims of another type, of another time, `ABSENT`. now: seconds."""
    times = st.builds(
        now.__add__, st.sampled_from([-90000, -601, -91, -31, -29, 0, 29, 31, 601, 3601, 90000])
    )
    values = st.one_of(
        st.just(ABSENT), st.sampled_from(_ODD), times, times.map(float), times.map(str), st.text(max_size=4)
    )
    return st.dictionaries(st.sampled_from(_NAMES), values, min_size=1, max_size=2)


def breakings() -> st.SearchStrategy[tuple[str, int]]:
    """What is done to the text of a good token, and where."""
    how = [NOTHING, "alter", "cut", "pad", "dot", "space", "swap", "strip", "twice", "standard", "grow"]
    return st.tuples(st.sampled_from(how), st.integers(0, 4000))


def broken(text: str, how: str, where: int) -> str:
    """The text, changed."""
    at = where % len(text)
    head, payload, signature = text.split(".")
    return {
        NOTHING: text,
        "alter": text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :],
        "cut": text[:at],
        "pad": text + "=" * (1 + where % 3),
        "dot": text[:at] + "." + text[at:],
        "space": text[:at] + " \n\t"[where % 3] + text[at:],
        "swap": f"{payload}.{head}.{signature}",
        "strip": f"{head}.{payload}.",
        "twice": f"{b64(unb64(head)[:-1] + b',' + unb64(head)[1:])}.{payload}.{signature}",
        "standard": text.replace("-", "+").replace("_", "/"),
        "grow": text + "A",
    }[how]


def made(header: dict[str, Any], claims: dict[str, Any], key: Any, alg: str) -> str:
    """A compact JWS signed by this key, but by none or its public part where its header says so."""
    said = {name: value for name, value in header.items() if value is not None}
    content = f"{b64(json.dumps(said).encode())}.{b64(json.dumps(claims).encode())}"
    if said.get("alg") == "none":
        return f"{content}."
    if said.get("alg") == "HS256":
        public = OctKey.import_key(json.dumps(key.as_dict(private=False)))
        return f"{content}.{b64(jws.JWSRegistry.algorithms['HS256'].sign(content.encode(), public))}"
    return f"{content}.{b64(jws.JWSRegistry.algorithms[alg].sign(content.encode(), key))}"
