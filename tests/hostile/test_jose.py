"""Every attack on JOSE at every place that takes a text which somebody signed: a refusal, soon, and no 500.

Each text is as good as its attack lets it be: signed by the right key wherever a signature is not the point,
so that what refuses it is the rule that the attack is against.
"""

import json
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import ECKey

from foundation.clock import to_seconds
from idp.authorize.hint import hinted_claims
from idp.authorize.pushed.routes import PUSHED_PATH
from idp.registration.registering import REGISTRATION_PATH
from tests.hostile.test_never_500 import told_clearly
from tests.hostile.whole import Whole, whole_server
from tests.idp.dpop.holder import claims_at, public_of
from tests.idp.registration.newcomer import LEAST, bearer
from tests.idp.support import ISSUER, World, add_app
from tests.idp.tokens import app_key, asserting, assertion_claims, b64, public_jwks
from tests.idp.visitor import GOOD

pytestmark = pytest.mark.asyncio(loop_scope="module")
KEY, STRANGER = app_key(), app_key("ES256", 2)
STATES = "https://states.example"
JSON = dict[str, Any]


@dataclass(frozen=True)
class Text:
    """A header, claims and whose key signs them; `moment` is the claim that says when."""

    header: JSON
    claims: JSON
    key: ECKey
    moment: str = "exp"

    def signed(self, header: JSON | bytes | None = None, payload: JSON | bytes | None = None) -> str:
        head = self.header if header is None else header
        body = self.claims if payload is None else payload
        parts = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in (head, body)]
        text = ".".join(map(b64, parts))
        return f"{text}.{b64(raw(text.encode(), self.key))}"

    def with_header(self, **members: Any) -> str:
        return self.signed({**self.header, **members})

    def by(self, key: ECKey, **members: Any) -> str:
        """As another key signs it."""
        return Text({**self.header, **members}, self.claims, key).signed()

    def moment_as(self, number: str) -> str:
        """A number that only a text can hold."""
        rest = {name: value for name, value in self.claims.items() if name != self.moment}
        return self.signed(payload=f'{{"{self.moment}":{number},'.encode() + json.dumps(rest).encode()[1:])


def raw(text: bytes, key: ECKey) -> bytes:
    return jws.JWSRegistry.algorithms["ES256"].sign(text, key)


def hs256(good: Text, form: str) -> str:
    """Signed with the public key as if it were a secret. By hand: libraries refuse to."""
    public = good.key.public_key
    secret = {
        "jwk": json.dumps(good.key.as_dict(private=False)).encode(),
        "pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    }[form]
    text = good.signed({**good.header, "alg": "HS256"}).rpartition(".")[0]
    return f"{text}.{b64(digest(secret, text.encode(), sha256().name))}"


def unencoded(good: Text) -> str:
    """RFC 7797: the payload is signed as it is, and the header says so."""
    header = b64(json.dumps({**good.header, "b64": False, "crit": ["b64"]}).encode())
    payload = json.dumps(good.claims).encode()
    signature = b64(raw(header.encode() + b"." + payload, good.key))
    return f"{header}.{b64(payload)}.{signature}"


def encrypted(**header: Any) -> str:
    """Five parts, of which only the header is ever looked at."""
    bomb = zlib.compress(b"0" * 4_000_000)
    return ".".join(
        [b64(json.dumps(header).encode()), b64(b"k" * 40), b64(b"i" * 12), b64(bomb), b64(b"t" * 16)]
    )


def twice(good: Text, of_header: bytes = b"", of_claims: bytes = b"") -> str:
    """A member named twice. The last counts, for whoever signs and whoever reads (RFC 7515 section 4)."""
    header, claims = (json.dumps(one).encode()[:-1] for one in (good.header, good.claims))
    return good.signed(header + of_header + b"}", claims + of_claims + b"}")


ATTACKS: Mapping[str, Callable[[Text], str]] = {
    "none": lambda good: good.with_header(alg="none"),
    "none, unsigned": lambda good: good.with_header(alg="none").rpartition(".")[0] + ".",
    "NoNe, unsigned": lambda good: good.with_header(alg="NoNe").rpartition(".")[0] + ".",
    "no signature": lambda good: good.signed().rpartition(".")[0] + ".",
    "hs256 with the public jwk": lambda good: hs256(good, "jwk"),
    "hs256 with the public pem": lambda good: hs256(good, "pem"),
    "jku": lambda good: good.by(STRANGER, jku="https://evil.example/jwks", kid=STRANGER.kid),
    "x5u": lambda good: good.by(STRANGER, x5u="https://evil.example/x.pem"),
    "x5c": lambda good: good.by(STRANGER, x5c=[b64(b"certificate")]),
    "another key": lambda good: good.by(STRANGER),
    "unknown crit": lambda good: good.with_header(crit=["urn:example:x"], **{"urn:example:x": 1}),
    "empty crit": lambda good: good.with_header(crit=[]),
    "crit that is no list": lambda good: good.with_header(crit="exp"),
    "b64 false": unencoded,
    "zip bomb": lambda good: good.signed({**good.header, "zip": "DEF"}, zlib.compress(b"0" * 4_000_000)),
    "zip bomb, encrypted": lambda _: encrypted(alg="dir", enc="A256GCM", zip="DEF"),
    "huge pbes2 count": lambda _: encrypted(alg="PBES2-HS512+A256KW", enc="A256GCM", p2s="s", p2c=2**31 - 1),
    "twice in the header, at last none": lambda good: twice(good, of_header=b',"alg":"none"'),
    "twice in the header, at last another type": lambda good: twice(good, of_header=b',"typ":"at+jwt"'),
    "NaN": lambda good: good.moment_as("NaN"),
    "infinity": lambda good: good.moment_as("-Infinity"),
    "more than a double": lambda good: good.moment_as("1e999"),
    "a number of 400 digits": lambda good: good.moment_as("9" * 400),
    "deep claims": lambda good: good.signed(payload=b'{"a":' + b"[" * 3000 + b"]" * 3000 + b"}"),
    "a megabyte": lambda good: good.signed(payload={**good.claims, "pad": "x" * 1_000_000}),
    "padded": lambda good: good.signed() + "==",
    "truncated": lambda good: good.signed()[:-2],
    "a part more": lambda good: good.signed() + ".e30",
}
# A proof brings its own key: to bring it is no attack, a `kid` means nothing there.
OF_A_KEY_THAT_IS_KNOWN: Mapping[str, Callable[[Text], str]] = {
    "jwk": lambda good: good.by(STRANGER, jwk=STRANGER.as_dict(private=False)),
    "jwk alone": lambda good: good.by(STRANGER, jwk=STRANGER.as_dict(private=False), kid=None),
    "kid traversal": lambda good: good.with_header(kid="../../../../dev/null"),
    "kid of SQL": lambda good: good.with_header(kid="x' UNION SELECT 'k' --"),
    "kid that is no text": lambda good: good.with_header(kid=[good.header.get("kid")]),
}
# A hint may be as old as it likes.
OF_A_TIME: Mapping[str, Callable[[Text], str]] = {
    "twice in the claims, at last long ago": lambda good: twice(
        good, of_claims=f',"{good.moment}":1'.encode()
    ),
}


@dataclass
class Places:
    whole: Whole
    signer: World
    nonce: str = ""

    @property
    def now(self) -> int:
        return self.signer.clock.now()

    async def assertion(self, text: str) -> bool:
        form = asserting(text, grant_type="client_credentials")
        return taken(await self.signer.http.post("/token", data=form))

    async def request(self, text: str) -> bool:
        claims = assertion_claims("signer", ISSUER, self.signer.clock)
        form = {"client_id": "signer", "request": text} | asserting(Text(HEADER, claims, KEY).signed())
        return taken(await self.signer.http.post(PUSHED_PATH, data=form))

    async def proof(self, text: str) -> bool:
        if not self.nonce:
            self.nonce = (await self._prove(text)).headers["dpop-nonce"]
        return taken(await self._prove(text))

    async def _prove(self, text: str) -> Any:
        headers = {"DPoP": text, "Authorization": self.whole.credentials["app"]}
        form = {"grant_type": "client_credentials"}
        return await self.signer.http.post("/token", data=form, headers=headers)

    async def statement(self, text: str) -> bool:
        initial = self.whole.credentials["initial"].removeprefix("Bearer ")
        said = LEAST | {"software_statement": text}
        return taken(await self.signer.http.post(REGISTRATION_PATH, json=said, headers=bearer(initial)))

    async def hint(self, text: str) -> bool:
        return bool(hinted_claims(self.signer.server, text))

    async def good(self, place: str) -> Text:
        """A text that the place takes, fresh."""
        times = {"iat": to_seconds(self.now), "exp": to_seconds(self.now) + 60}
        if place == "proof":
            header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": public_of(KEY)}
            claims = claims_at(self.now, "POST", f"{ISSUER}/token", nonce=self.nonce)
            return Text(header, claims, KEY, "iat")
        if place == "hint":
            own = self.signer.server.ring.signer("token", "ES256")
            assert isinstance(own.key, ECKey)
            return Text(
                {"alg": "ES256", "kid": own.kid, "typ": "JWT"}, {"iss": ISSUER, "sub": "x"} | times, own.key
            )
        claims = {
            "assertion": assertion_claims("signer", ISSUER, self.signer.clock),
            "request": {**GOOD, "client_id": "signer", "iss": "signer", "aud": ISSUER} | times,
            "statement": {"iss": STATES, "software_id": "s", **LEAST} | times,
        }[place]
        return Text(HEADER, claims, KEY)


HEADER = {"alg": "ES256", "kid": KEY.kid, "typ": "JWT"}


def taken(answer: Any) -> bool:
    told_clearly(answer)
    return answer.status_code < 400


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def places(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Places]:
    folder = tmp_path_factory.mktemp("jose")
    issuers = folder / "issuers.json"
    issuers.write_text(json.dumps({STATES: json.loads(public_jwks(KEY))}), "utf-8")
    async with whole_server(sqlite_template, folder, software_statement_issuers=issuers) as whole:
        client = await add_app(
            whole.world.server, "signer", None, auth_method="private_key_jwt", jwks=public_jwks(KEY)
        )
        yield Places(whole, whole.world.of(client, ""))


@pytest.mark.parametrize("place", ["assertion", "request", "proof", "statement", "hint"])
async def test_no_attack_on_jose_is_taken(places: Places, place: str) -> None:
    offer = getattr(places, place)
    if place == "proof":
        assert not await offer((await places.good(place)).signed())  # without a nonce; now there is one
    assert await offer((await places.good(place)).signed())
    attacks = {
        **ATTACKS,
        **({} if place == "proof" else OF_A_KEY_THAT_IS_KNOWN),
        **({} if place == "hint" else OF_A_TIME),
    }
    for name, attack in attacks.items():
        text = attack(await places.good(place))
        assert not await offer(text), name
    assert await offer((await places.good(place)).signed())
