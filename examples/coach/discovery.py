"""What Accord says of itself: OpenID Connect Discovery 1.0, RFC 8414, and its published keys (RFC 7517).

Owns the two small caches. A key id that we do not know makes us look again, but not in a loop.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import httpx2

from examples.coach.outbound import Wire, plain_client
from examples.coach.problems import BusyError, UnavailableError, retry_after
from examples.kit.settings import Settings, origin_of

ID_TOKEN_ALGORITHM = "ES256"  # noqa: S105  # an algorithm, not a secret
_FRESH_SECONDS = 600
_KEYS_PAUSE_SECONDS = 30
_TIMEOUT = 5.0

Jwk = Mapping[str, Any]


class Metadata(NamedTuple):
    """The endpoints we use.

    `revocation_endpoint` is empty when Accord has none; `iss_in_answer` is RFC 9207's.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    revocation_endpoint: str
    iss_in_answer: bool


class Provider:
    """Accord, as discovered. `clock` gives seconds since 1970."""

    def __init__(self, settings: Settings, wire: Wire, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._wire = wire
        self._clock = clock
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, tuple[Jwk, ...]] | None = None

    async def metadata(self) -> Metadata:
        """Raises UnavailableError or BusyError; a failure is not remembered."""
        now = self._clock()
        if self._metadata is None or now - self._metadata[0] > _FRESH_SECONDS:
            self._metadata = (now, parse_metadata(await self._document(), self._settings.issuer))
        return self._metadata[1]

    async def endpoint(self, name: str) -> str:
        """Another endpoint that Accord names, such as `backchannel_authentication_endpoint`.

        Raises as `metadata` does, also when there is none.
        """
        document = await self._document()
        parse_metadata(document, self._settings.issuer)
        return _endpoint(document, name, self._settings.issuer)

    async def _document(self) -> dict[str, Any]:
        return await self._fetch(f"{self._settings.issuer}/.well-known/openid-configuration")

    async def attestation_endpoint(self) -> str:
        """Where to say that we erased; "" when Accord does not take it. Raises as `metadata` does."""
        document = await self._fetch(f"{self._settings.issuer}/.well-known/ssf-configuration")
        if document.get("issuer") != self._settings.issuer:
            raise UnavailableError("the transmitter is another issuer's")
        if "attestation_endpoint" not in document:
            return ""
        return _endpoint(document, "attestation_endpoint", self._settings.issuer)

    async def key(self, key_id: str) -> Jwk | None:
        """The published ES256 key of that id, or None. An unknown id refetches at most every 30 seconds."""
        now = self._clock()
        fetched, keys = self._keys or (float("-inf"), ())
        found = _pick(keys, key_id)
        age = now - fetched
        if age > _FRESH_SECONDS or (found is None and age > _KEYS_PAUSE_SECONDS):
            document = await self._fetch((await self.metadata()).jwks_uri)
            keys = _usable(document.get("keys"))
            self._keys = (now, keys)
            found = _pick(keys, key_id)
        return found

    async def _fetch(self, url: str) -> dict[str, Any]:
        try:
            async with plain_client(self._settings, self._wire) as client:
                answer = await client.get(url, timeout=_TIMEOUT, headers={"Accept": "application/json"})
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise UnavailableError(f"no answer: {type(error).__name__}") from None
        if answer.status_code in {429, 503}:
            raise BusyError(retry_after(answer.headers, self._clock()))
        try:
            document = answer.json() if answer.status_code == 200 else None
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise UnavailableError(f"unusable document, HTTP {answer.status_code}")
        return document


def parse_metadata(document: Mapping[str, Any], issuer: str) -> Metadata:
    """The document as Metadata.

    Raises UnavailableError when it is not our issuer's, or cannot do what we need.
    """
    if document.get("issuer") != issuer:  # OpenID Connect Discovery section 4.3
        raise UnavailableError("the discovery document is another issuer's")
    for name, needed in (
        ("code_challenge_methods_supported", "S256"),
        ("id_token_signing_alg_values_supported", ID_TOKEN_ALGORITHM),
        ("response_types_supported", "code"),
    ):
        values = document.get(name)
        if not isinstance(values, list) or needed not in values:
            raise UnavailableError(f"{name} lacks {needed}")
    return Metadata(
        issuer=issuer,
        authorization_endpoint=_endpoint(document, "authorization_endpoint", issuer),
        token_endpoint=_endpoint(document, "token_endpoint", issuer),
        userinfo_endpoint=_endpoint(document, "userinfo_endpoint", issuer),
        jwks_uri=_endpoint(document, "jwks_uri", issuer),
        revocation_endpoint=(
            _endpoint(document, "revocation_endpoint", issuer) if "revocation_endpoint" in document else ""
        ),
        iss_in_answer=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _endpoint(document: Mapping[str, Any], name: str, issuer: str) -> str:
    """Endpoints live at the issuer's own origin: people, secrets and tokens go nowhere else."""
    url = document.get(name)
    try:
        same = isinstance(url, str) and origin_of(url) == origin_of(issuer)
    except ValueError:
        same = False
    if not same:
        raise UnavailableError(f"{name} is not at the issuer's origin")
    return str(url)


def _usable(keys: object) -> tuple[Jwk, ...]:
    """Public P-256 signing keys with an id; anything else in the set is none of our business."""
    listed = keys if isinstance(keys, list) else []
    return tuple(
        key
        for key in listed[:50]
        if isinstance(key, dict)
        and (key.get("kty"), key.get("crv")) == ("EC", "P-256")
        and key.get("use", "sig") == "sig"
        and key.get("alg", ID_TOKEN_ALGORITHM) == ID_TOKEN_ALGORITHM
        and all(isinstance(key.get(part), str) for part in ("kid", "x", "y"))
    )


def _pick(keys: tuple[Jwk, ...], key_id: str) -> Jwk | None:
    return next((key for key in keys if key["kid"] == key_id), None)
