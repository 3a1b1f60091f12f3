"""The answer that goes back to the app, on its validated redirect URI and nowhere else."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from idp.authorize.request import AuthorizeRequest


def answer_url(request: AuthorizeRequest, issuer: str, parameters: Mapping[str, str]) -> str:
    """The redirect: the app's parameters, its state to the letter, and who answers (RFC 9207 `iss`)."""
    fields = dict(parameters)
    if request.state is not None:
        fields["state"] = request.state
    fields["iss"] = issuer
    uri = request.redirect_uri
    separator = "" if uri.endswith(("?", "&")) else "&" if "?" in uri else "?"
    return uri + separator + urlencode(fields, quote_via=quote)


def redirect_origin(redirect_uri: str) -> str:
    """What a page's `form-action` must name for its POST to end at the app (an origin, or a bare scheme)."""
    parts = urlsplit(redirect_uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else f"{parts.scheme}:"
