"""An authorization request, parsed once into a frozen value (RFC 6749 section 4.1.1, OIDC Core 3.1.2.1)."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from idp.authorize.claims import limits_of
from idp.details.parse import DetailsError
from idp.details.rules import NOTHING, Wanted, wanted_in

# Documented limits: what fits is kept whole, what does not is refused by name.
STATE_MAX = 8192
NONCE_MAX = 2048
SCOPE_MAX = 4096
# What every face reads, then what Accord's own reads besides.
CORE_PARAMETERS = (
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "id_token_hint",
    "login_hint",
    "ui_locales",
    "request",
    "request_uri",
    "registration",
)
PARAMETERS = (
    *CORE_PARAMETERS,
    "claims",
    "claims_locales",
    "acr_values",
    "display",
    "dpop_jkt",
    "grant_id",
    "grant_management_action",
    "authorization_details",
    "resource",
)

# May come again, each holding no space (RFC 8707 section 2).
REPEATABLE = frozenset({"resource"})


class AuthorizeRequest(BaseModel):
    """What an app asked, as it asked it. Nothing here is trusted before the checks have passed."""

    model_config = ConfigDict(frozen=True)

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    response_mode: str = ""
    scope: str = ""
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    prompt: str = ""
    max_age: str | None = None
    id_token_hint: str | None = None
    login_hint: str | None = None
    ui_locales: str = ""
    claims: str | None = None
    claims_locales: str = ""  # claims have one wording here
    acr_values: str | None = None
    display: str = ""  # pages suit every window, so that nothing follows from it
    request: str | None = None
    request_uri: str | None = None
    registration: str | None = None
    dpop_jkt: str | None = None  # key that the code is bound to (RFC 9449 section 10)
    grant_id: str | None = None
    grant_management_action: str | None = None
    authorization_details: str | None = None
    resource: str = ""  # joined by spaces (RFC 8707)
    repeated: tuple[str, ...] = ()  # names that came more than once
    # What follows is ours to say, and never read from a query.
    flaw: tuple[str, str] | None = None  # error and description: what it points to could not be read
    pushed: str = ""  # id of the pushed request that it is (RFC 9126)
    polled: str = ""  # id of the request that its app polls for, which takes the place of a redirect
    polled_kind: str = ""  # of that one (idp/polling/kinds.py)
    asked_of: str = ""  # account of the only person who may answer; "" for whoever is there
    code: str = ""  # what her screen and the app's both say (idp/ciba)
    signed: bool = False  # whether it came in a signed request object (RFC 9101)
    claimed: tuple[str, ...] = ()  # single claims asked, of scopes that are not (claims.py)
    profile: str = ""  # of the face it came in by (idp/faces.py)
    words: str = ""  # its scopes as that face says them; "" where they are those of `scope`

    @property
    def wanted(self) -> Wanted:
        """What its details and single claims ask; what cannot be read asks nothing, and is refused."""
        try:
            wanted = wanted_in(self.authorization_details) if self.authorization_details else NOTHING
        except DetailsError:
            wanted = NOTHING
        return wanted.plus(limits_of(self.claimed)) if self.claimed else wanted

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes asked, each once, in the order asked; those asked in part come last."""
        return tuple(dict.fromkeys((*self.scope.split(), *self.wanted.limits)))

    @property
    def prompts(self) -> frozenset[str]:
        """The values of `prompt`."""
        return frozenset(self.prompt.split())


def parse_request(parameters: Mapping[str, Sequence[str]]) -> AuthorizeRequest:
    """The request in a decoded query or form; unknown parameters are ignored (RFC 6749 section 3.1).

    A parameter without a value counts as absent, as the same section says.
    """
    given = {name: parameters[name] for name in PARAMETERS if any(parameters.get(name, ()))}
    repeated = tuple(
        name for name in PARAMETERS if len(parameters.get(name, ())) > 1 and name not in REPEATABLE
    )
    if "state" in repeated:
        given.pop("state", None)  # of two, neither can be given back as the app's own
    read = {name: " ".join(values) if name in REPEATABLE else values[0] for name, values in given.items()}
    return AuthorizeRequest.model_validate({**read, "repeated": repeated})
