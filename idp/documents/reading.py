"""From an address, and what stands there, to an app. Pure: no row, no network."""

import hashlib
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import orjson

from foundation.errors import AccordError
from foundation.outbound.targets import read_target
from idp.clients.addresses import is_web
from idp.clients.metadata import ClientMetadata
from idp.registration.policy import ANYBODY
from idp.registration.reading import (
    Asked,
    completed,
    invalid_metadata,
    invalid_redirect,
    read_registration,
)

LONGEST_ADDRESS = 200  # of any client_id here
MOST_BYTES = 5 * 1024  # section 6.6 of the draft
_LONGEST_HOST = 80  # it is the app's name: cut short, it would be another's
_DOTS = {".", ".."}
# Secrets that both sides would have to know: nobody could have told them to the other.
_NOT_SAID = ("client_secret", "client_secret_expires_at")


class Document(NamedTuple):
    """What stands at an address: the app that it describes, and what is pinned of it.

    text: the document in one way of writing it, whose SHA-256 is the digest.
    """

    address: str
    asked: Asked
    text: str

    @property
    def digest(self) -> str:
        return digest_of(self.text)


def digest_of(text: str) -> str:
    """What is pinned of a document, by the text of `Document`: its SHA-256, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def names_document(client_id: str) -> bool:
    """Whether a client_id is an address; ours never are."""
    return client_id.startswith("https://")


def bad_document(problem: str) -> AccordError:
    """For an address that describes no app that could be let in."""
    return AccordError("bad_client_document", f"The client_id is an address, and {problem}.")


def host_in(address: str) -> str:
    """The host that an app is called by. Raises AccordError for what can be no app's address (section 3)."""
    try:
        target = read_target(address)
    except ValueError:
        raise bad_document("not one that can be fetched") from None
    parts = urlsplit(address)
    segments = unquote(parts.path).split("/")
    odd = parts.query or "?" in address or not parts.path or _DOTS & set(segments) or "//" in parts.path
    # One address, one app: what could be written otherwise is refused.
    if odd or parts.netloc != target.netloc or parts.port == 443 or "%" in parts.path:
        raise bad_document("not in its simplest form: https, a host in lower case, a path, nothing else")
    if target.scheme != "https" or len(address) > LONGEST_ADDRESS or len(target.host) > _LONGEST_HOST:
        raise bad_document("longer than one may be here")
    return target.host


def read_document(address: str, media_type: str, body: bytes) -> Document:
    """The app that a document describes. Raises AccordError `bad_client_document`."""
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise bad_document("what stands there is not JSON")
    try:
        said: Any = orjson.loads(body)
    except ValueError:
        raise bad_document("what stands there is not JSON") from None
    if not isinstance(said, dict) or said.get("client_id") != address:
        raise bad_document("what stands there is of another client_id")
    try:
        asked = _read(address, said)
    except AccordError as error:
        raise bad_document(f"what stands there is refused: {error.description}".rstrip(".")) from None
    return Document(address, asked, orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode())


def _read(address: str, said: dict[str, Any]) -> Asked:
    if any(name in said for name in _NOT_SAID):
        raise invalid_metadata("client_secret: it has no place there")
    defaults = {
        "token_endpoint_auth_method": "none",
        "application_type": _type_of(said.get("redirect_uris")),
    }
    spoken = {name: value for name, value in said.items() if value is not None}
    asked = read_registration(defaults | spoken, ANYBODY)
    metadata, host = asked.metadata, host_in(address)
    if metadata.auth_method.startswith("client_secret_"):
        raise invalid_metadata("token_endpoint_auth_method: without a secret it is by a key, or none")
    if any(is_web(uri) and urlsplit(uri).hostname != host for uri in metadata.redirect_uris):
        raise invalid_redirect("on the web, it sends people to its own host alone")
    # People read whose address it is; what it calls itself is kept for whoever looks at it.
    words = metadata.localized | {"client_name": metadata.name}
    kept = {"self_registered": "document", "name": host, "localized": words, "declaration": 1}
    return asked._replace(metadata=completed(metadata, kept))


def _type_of(uris: Any) -> str:  # noqa: ANN401  # said by anyone
    """Such apps are mostly on people's own machines, and say so by where they send people."""
    web = isinstance(uris, list) and all(isinstance(uri, str) and uri.startswith("https:") for uri in uris)
    return "web" if web else "native"


def adopted(before: ClientMetadata, read: Document) -> ClientMetadata:
    """The app as its document has it now, with what was approved of it. Raises AccordError."""
    words = {name: getattr(before, name) for name in ("required_scopes", "optional_scopes", "declaration")}
    said = {name: getattr(before, name) for name in _APPROVED}
    return completed(read.asked.metadata, said | words)


_APPROVED = (
    *("scope_reasons", "purpose_code", "purpose", "retention", "retention_days", "frequency"),
    *("use_basis", "disclosure_basis", "public_body", "no_detriment", "transfers", "automated"),
)
