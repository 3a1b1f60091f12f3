"""A logout request, read once (RP-Initiated Logout section 2)."""

from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from foundation.errors import AccordError
from foundation.web.forms import Form

# Name of each parameter, and how long it may be. `logout_hint` is read and proves nothing: no rule uses it.
LONGEST = {
    "id_token_hint": 8192,
    "logout_hint": 1024,
    "client_id": 200,
    "post_logout_redirect_uri": 2048,
    "state": 8192,
    "ui_locales": 200,
}
# What outlives the question put to her: nothing that names a person.
_CARRIED = ("client_id", "post_logout_redirect_uri", "state", "ui_locales")


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """What came, unverified; "" for what did not."""

    id_token_hint: str = field(default="", repr=False)
    logout_hint: str = field(default="", repr=False)
    client_id: str = ""
    post_logout_redirect_uri: str = ""
    state: str = ""
    ui_locales: str = ""

    @property
    def carried(self) -> dict[str, str]:
        """The parameters that the next page is given too."""
        return {name: value for name in _CARRIED if (value := getattr(self, name))}


def parse_logout(form: Form) -> LogoutRequest:
    """The request. Raises AccordError invalid_request for a parameter that is repeated or too long."""
    fields = {name: form.single(name) for name in LONGEST}
    for name, value in fields.items():
        if len(value) > LONGEST[name]:
            raise AccordError("invalid_request", f"{name} is longer than {LONGEST[name]} characters.")
    return LogoutRequest(**fields)


def with_query(path: str, fields: dict[str, str]) -> str:
    """A path of ours with a query, if there is anything to say."""
    return f"{path}?{urlencode(fields, quote_via=quote)}" if fields else path
