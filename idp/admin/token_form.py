"""The form of an initial access token: what is typed, what it says, and what is wrong with it. Pure."""

from collections.abc import Mapping
from typing import NamedTuple, get_args

from consent.catalogue import CATALOGUE
from foundation.clock import DAY
from foundation.text import N_
from foundation.web.forms import Form
from idp.clients.declaration import ALWAYS
from idp.clients.members.asking import GrantType
from idp.registration.policy import Policy
from idp.registration.tokens import LONGEST_CONTACT, Wish

GRANTS: Mapping[str, str] = {
    "authorization_code": N_("connecter des personnes dans leur navigateur"),
    "refresh_token": N_("rester connectées sans rien redemander"),
    "client_credentials": N_("agir en leur propre nom"),
    "urn:ietf:params:oauth:grant-type:device_code": N_("connecter depuis un écran sans clavier"),
    "urn:openid:params:grant-type:ciba": N_("demander à quelqu’un qui répond sur son téléphone"),
    "urn:ietf:params:oauth:grant-type:token-exchange": N_("agir à la suite d’une autre application"),
}
SECONDS_A_DAY = 86_400
_MOST: Mapping[str, tuple[int, int]] = {"uses": (1, 10_000), "days": (1, 3660), "secret_days": (0, 3660)}
_TOLD = {
    "contact": N_("%(field)s : dites en une ligne à qui vous donnez ce jeton."),
    "uses": N_("%(field)s : un nombre, de 1 à 10 000."),
    "days": N_("%(field)s : un nombre, de 1 à 3 660."),
    "secret_days": N_("%(field)s : un nombre, de 0 à 3 660."),
    "required": N_("%(field)s : elles font partie des données demandées dès le premier jour."),
    "grants": N_("%(field)s : cochez-en au moins une."),
}


class Typed(NamedTuple):
    """A form as it came. numbers, contact: as typed. errors: French msgids, by field."""

    contact: str = ""
    approved: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    declare: str = "any"
    grants: tuple[str, ...] = Policy().grant_types
    no_pkce: bool = False
    public_subjects: bool = False
    numbers: Mapping[str, str] = {"uses": "1", "days": "30", "secret_days": "0"}

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong, by field."""
        wrong = {name for name in _MOST if self._number(name) is None}
        if not self.contact or len(self.contact) > LONGEST_CONTACT or not self.contact.isprintable():
            wrong.add("contact")
        if not set(self.required) <= set(self.approved):
            wrong.add("required")
        if not self.grants:
            wrong.add("grants")
        return {name: text for name, text in _TOLD.items() if name in wrong}

    def wish(self, now: int) -> Wish | None:
        """The token that it asks for, made at `now` (microseconds); None where something is wrong."""
        uses, days, secret_days = (self._number(name) for name in ("uses", "days", "secret_days"))
        if self.errors or uses is None or days is None or secret_days is None:
            return None
        policy = Policy(
            approved=(ALWAYS, *self.approved),
            required=(ALWAYS, *self.required),
            declarable=None if self.declare == "any" else (),
            grant_types=tuple(one for one in get_args(GrantType) if one in self.grants),
            pkce=not self.no_pkce,
            public_subjects=self.public_subjects,
            secret_seconds=secret_days * SECONDS_A_DAY,
        )
        return Wish(policy, uses, now + days * DAY, self.contact)

    def _number(self, name: str) -> int | None:
        text, (least, most) = self.numbers[name], _MOST[name]
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
        return number if least <= number <= most else None


def read_token_form(form: Form) -> Typed:
    """What a form says; a box that is not ours counts for nothing."""
    offered = offered_scopes()
    return Typed(
        contact=form.single("contact").strip(),
        approved=tuple(one for one in offered if one in form.many("approved")),
        required=tuple(one for one in offered if one in form.many("required")),
        declare="any" if form.single("declare") == "any" else "none",
        grants=tuple(one for one in GRANTS if one in form.many("grants")),
        no_pkce=bool(form.single("no_pkce")),
        public_subjects=bool(form.single("public_subjects")),
        numbers={name: form.single(name).strip() for name in _MOST},
    )


def offered_scopes() -> tuple[str, ...]:
    """Every scope but the one that all may ask."""
    return tuple(name for name in CATALOGUE if name != ALWAYS)
