"""The access token in the form of POST /userinfo (RFC 6750 section 2.2; OpenID Connect Core section 5.3.1).

Here alone: the data API takes it in a header. RFC 9700 section 4.3.2 rules out the query, which is kept in
logs, histories and Referer headers; a form body is in none of these. A bound token still needs its proof,
which stands in headers: by a form it opens what any bearer's would, and that is nothing.
"""

from starlette.requests import Request

from foundation.errors import AccordError
from foundation.web.forms import parse_query, read_protocol_form
from foundation.web.lean import header
from idp.mtls.certificate import presented_in
from idp.resource.bearer import Shown

_MEMBER = "access_token"
_NO_FORM = 415


async def posted_token(request: Request) -> Shown | None:
    """The token in the form of a request; None where it has no such form, or none in it.

    Raises AccordError `invalid_request` for one shown in two ways (RFC 6750 section 2), or a form that cannot
    be read.
    """
    try:
        text = (await read_protocol_form(request)).get(_MEMBER)
    except AccordError as refused:
        if refused.status != _NO_FORM:
            raise
        return None
    if text is None:
        return None
    if header(request, b"authorization") or _MEMBER in parse_query(request):
        raise AccordError("invalid_request", "Send the access token in one way.")
    return Shown(text, presented=presented_in(request))
