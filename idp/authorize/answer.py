"""The answer that goes back to the app, on its validated redirect URI and nowhere else."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from idp.authorize.request import AuthorizeRequest
from idp.clients.metadata import ClientMetadata

QUERY, FORM = "query", "form_post"
# "jwt" is the signed form of the default of the response type, for a code the query (JARM section 2.3.4).
SIGNED = {"jwt": QUERY, "query.jwt": QUERY, "form_post.jwt": FORM}
MODES = (QUERY, FORM, *SIGNED)


def serves(mode: str, redirect_uri: str, metadata: ClientMetadata) -> bool:
    """Whether an answer to this app and address can go by a mode; only the web takes a form."""
    if mode not in MODES or mode not in (metadata.response_modes or MODES):
        return False
    return SIGNED.get(mode, mode) == QUERY or redirect_uri.startswith(("https://", "http://"))


def named(request: AuthorizeRequest, issuer: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters with the app's state, to the letter, and who answers (RFC 9207 `iss`)."""
    state = {} if request.state is None else {"state": request.state}
    return {**parameters, **state, "iss": issuer}


def answer_url(redirect_uri: str, parameters: Mapping[str, str]) -> str:
    """The redirect that carries the parameters."""
    separator = "" if redirect_uri.endswith(("?", "&")) else "&" if "?" in redirect_uri else "?"
    return redirect_uri + separator + urlencode(parameters, quote_via=quote)


def redirect_origin(redirect_uri: str) -> str:
    """What a page's `form-action` must name for its POST to end at the app (an origin, or a bare scheme).

    Nothing for a request that ends on a page of ours.
    """
    if not redirect_uri:
        return ""
    parts = urlsplit(redirect_uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else f"{parts.scheme}:"
