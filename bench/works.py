"""The works: what is asked of every server, as data, and the request that asks it of one server."""

import base64
import hashlib
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit

VERIFIER = "bench-verifier-0123456789-0123456789-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
REDIRECT_URI = "http://127.0.0.1:9/callback"
VALUE = "@@"  # where load.lua puts a value of the pool
PROOF = "@proof@"  # and where the proof of possession that goes with it

_MANY = 6_000  # tokens: none is remembered until its turn comes again (idp/context.py: 2,048 reads)


@dataclass(frozen=True)
class Work:
    """One kind of call.

    supply: what its pool holds ("codes", "refresh", "access" or "" for none).
    order: how load.lua goes through the pool ("once", "chain", "cycle").
    expect: Lua pattern that a right answer matches.
    stands_for: the work whose figures stand for servers that have no such call.
    beside: the work that is the same without a proof of possession (RFC 9449); "" where this one shows none.
    of: the work that makes the same request with other values. values: of a pool that serves again and again.
    """

    name: str
    title: str
    supply: str
    order: str
    expect: str
    stands_for: str = ""
    beside: str = ""
    of: str = ""
    values: int = 64

    @property
    def call(self) -> str:
        """Whose request it makes."""
        return self.beside or self.of or self.name


WORKS = (
    Work("redeem", "code + PKCE → access, ID and refresh tokens", "codes", "once", '"id_token"'),
    Work("redeem-dpop", "redemption, DPoP", "codes", "once", '"DPoP"', beside="redeem"),
    Work("refresh", "refresh with rotation", "refresh", "chain", '"refresh_token"'),
    Work("refresh-dpop", "refresh, DPoP", "refresh", "chain", '"DPoP"', beside="refresh"),
    Work("client_credentials", "client_credentials", "", "", '"access_token"'),
    Work("introspect", "introspection", "access", "cycle", '"active"%s*:%s*true'),
    Work("userinfo", "userinfo", "access", "cycle", '"sub"'),
    Work("read", "data read", "access", "cycle", '"event_id"', stands_for="userinfo"),
    Work(
        "read-anew",
        "data read, not remembered",
        "access",
        "cycle",
        '"event_id"',
        "userinfo",
        of="read",
        values=_MANY,
    ),
    Work("read-dpop", "data read, DPoP", "access", "cycle", '"event_id"', beside="read"),
)


@dataclass(frozen=True)
class Client:
    client_id: str
    secret: str

    @property
    def basic(self) -> str:
        """RFC 6749 section 2.3.1: form-encoded, then Basic."""
        pair = f"{quote(self.client_id, safe='')}:{quote(self.secret, safe='')}"
        return "Basic " + base64.b64encode(pair.encode()).decode()


@dataclass(frozen=True)
class Endpoints:
    """Absolute URLs; `read` is empty on servers without a data API."""

    token: str
    introspection: str
    userinfo: str
    read: str = ""


class Pool(NamedTuple):
    """What the calls of a run carry. proofs: one a call, in their order; none where none is shown."""

    values: list[str]
    proofs: list[str]


@dataclass(frozen=True)
class Request:
    """An HTTP request; VALUE stands where a value of the pool goes, PROOF where a proof does."""

    method: str
    url: str
    headers: dict[str, str]
    body: str | None

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def with_value(self, value: str, proof: str = "") -> "Request":
        headers = {
            name: text.replace(VALUE, value).replace(PROOF, proof) for name, text in self.headers.items()
        }
        return Request(self.method, self.url, headers, self.body and self.body.replace(VALUE, value))


def request_for(work: Work, at: Endpoints, client: Client) -> Request:
    """The request of `work`, the same for every server but for its URL and client."""
    forms: dict[str, tuple[str, dict[str, str]]] = {
        "redeem": (
            at.token,
            {
                "grant_type": "authorization_code",
                "code": VALUE,
                "redirect_uri": REDIRECT_URI,
                "code_verifier": VERIFIER,
            },
        ),
        "refresh": (at.token, {"grant_type": "refresh_token", "refresh_token": VALUE}),
        "client_credentials": (at.token, {"grant_type": "client_credentials"}),
        "introspect": (at.introspection, {"token": VALUE}),
    }
    shown = {"DPoP": PROOF} if work.beside else {}
    if work.call in forms:
        url, form = forms[work.call]
        headers = {"Authorization": client.basic, "Content-Type": "application/x-www-form-urlencoded"}
        return Request("POST", url, headers | shown, urlencode(form, safe="@"))
    url = at.read if work.call == "read" else at.userinfo
    scheme = "DPoP" if work.beside else "Bearer"
    return Request("GET", url, {"Authorization": f"{scheme} {VALUE}"} | shown, None)
