"""The events that partners are told of: their names, their addresses, what each says beside the grant.

An event's address is its type in a token (RFC 8417 section 2.2) and a page of ours that explains it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from consent.acts import Kind as Change
from consent.acts import Transition
from consent.choices import Choice, Shared
from consent.coverage import Standing
from foundation.clock import to_seconds
from foundation.text import N_

EVENTS_PATH = "/signals/events/"
VERIFICATION = "verification"
_VERIFICATION_URI = "https://schemas.openid.net/secevent/ssf/event-type/verification"


class Member(NamedTuple):
    """One member of an event's object. about: a French msgid."""

    name: str
    about: str


class SignalKind(NamedTuple):
    """An event type. title, about, duty: French msgids; duty: what the app does of it.

    ends: whether nothing may be read under the grant any more. members: beside those of `EVERY`.
    """

    name: str
    title: str
    about: str
    duty: str
    ends: bool
    members: Sequence[Member]


EVERY = (
    Member("grant_id", N_("L’autorisation dont il s’agit, comme dans les réponses de l’API.")),
    Member("revision", N_("Sa révision : ne tenez pas compte d’une révision plus ancienne que la vôtre.")),
    Member("event_id", N_("Le numéro de l’événement dans le journal.")),
)
_SCOPES = Member("scopes", N_("Les données concernées."))
_ERASE_BY = Member("erase_by", N_("Avant quand l’effacement est à déclarer, en secondes depuis 1970."))
_EXPIRES_AT = Member("expires_at", N_("La fin de l’autorisation, en secondes depuis 1970."))

KINDS: Mapping[str, SignalKind] = {
    kind.name: kind
    for kind in (
        SignalKind(
            "grant-revoked",
            N_("Autorisation retirée"),
            N_("La personne, l’application ou l’exploitant a mis fin à l’autorisation avant son terme."),
            N_("Plus rien ne peut être lu. Effacez ce que vous n’avez plus de raison de garder."),
            ends=True,
            members=(_SCOPES, Member("by", N_("Qui y a mis fin : person, app, administrator ou server."))),
        ),
        SignalKind(
            "grant-expired",
            N_("Autorisation arrivée à son terme"),
            N_("L’autorisation a pris fin à la date que la personne avait choisie."),
            N_("Plus rien ne peut être lu. Effacez ce que vous n’avez plus de raison de garder."),
            ends=True,
            members=(_SCOPES, _EXPIRES_AT),
        ),
        SignalKind(
            "grant-paused",
            N_("Autorisation en pause"),
            N_("Rien ne peut être lu jusqu’à nouvel ordre ; l’autorisation n’a pas pris fin."),
            N_("Cessez de lire et d’utiliser les données jusqu’à la reprise."),
            ends=False,
            members=(
                _SCOPES,
                Member("reason", N_("Pourquoi : person, unused ou reconfirmation.")),
            ),
        ),
        SignalKind(
            "grant-resumed",
            N_("Autorisation reprise"),
            N_("La pause est finie : les données se lisent de nouveau."),
            N_("Relisez les données avant de vous en servir : elles ont pu changer."),
            ends=False,
            members=(_SCOPES,),
        ),
        SignalKind(
            "grant-narrowed",
            N_("Autorisation réduite"),
            N_("La personne partage moins : une donnée, certains éléments, ou moins longtemps."),
            N_("Relisez les données, et effacez ce qui n’y est plus."),
            ends=False,
            members=(
                Member("scopes", N_("Les données encore partagées.")),
                Member("removed_scopes", N_("Celles qui ne le sont plus.")),
                Member("narrowed_scopes", N_("Celles dont une partie ne l’est plus.")),
                _EXPIRES_AT,
            ),
        ),
        SignalKind(
            "erasure-requested",
            N_("Effacement demandé"),
            N_("La personne demande que ce qui a été lu sous cette autorisation soit effacé."),
            N_("Effacez, puis déclarez-le avant la date donnée."),
            ends=True,
            members=(_ERASE_BY,),
        ),
        SignalKind(
            "grant-erased",
            N_("Compte supprimé"),
            N_("La personne a supprimé son compte : ses données ne sont plus chez nous non plus."),
            N_("Effacez, puis déclarez-le avant la date donnée."),
            ends=True,
            members=(_ERASE_BY,),
        ),
    )
}
_NAMES: Mapping[Change | str, str] = {
    "revoked": "grant-revoked",
    "expired": "grant-expired",
    "paused": "grant-paused",
    "resumed": "grant-resumed",
}


class Said(NamedTuple):
    """What an app is to be told: the event's name, and its members beside those of `EVERY`."""

    name: str
    detail: Mapping[str, Any]


def event_uri(issuer: str, name: str) -> str:
    """The type of an event, as it stands in a token."""
    return _VERIFICATION_URI if name == VERIFICATION else issuer + EVENTS_PATH + name


def said_of(transition: Transition, by: str) -> Said | None:
    """What a change of a grant tells its app; None for one that takes nothing away. by: who acted."""
    after = transition.after
    if transition.kind == "amended":
        return None if transition.before is None else _narrowed(transition.before, after)
    name = _NAMES.get(transition.kind)
    if name is None:
        return None
    detail: dict[str, Any] = {"scopes": sorted(after.choice.scopes)}
    if name == "grant-revoked":
        # That somebody is under 15 is not for the app to know.
        detail["by"] = "person" if by == "parent" else by
    elif name == "grant-expired":
        detail["expires_at"] = to_seconds(after.expires_at)
    elif name == "grant-paused":
        detail["reason"] = after.pause_reason
    return Said(name, detail)


def _narrowed(before: Standing, after: Standing) -> Said | None:
    """What of a grant its holder took back. Items have no name outside: the app reads again to know."""
    old, new = before.choice.scopes, after.choice.scopes
    removed = sorted(old.keys() - new.keys())
    narrowed = sorted(name for name in old.keys() & new.keys() if is_less(new[name], old[name]))
    sooner = after.expires_at < before.expires_at or _is_rarer(after.choice, before.choice)
    if not removed and not narrowed and not sooner:
        return None
    return Said(
        "grant-narrowed",
        {
            "scopes": sorted(new),
            "removed_scopes": removed,
            "narrowed_scopes": narrowed,
            "expires_at": to_seconds(after.expires_at),
        },
    )


def is_less(now: Shared, before: Shared) -> bool:
    """Whether something that one scope shared is not shared any more."""
    if now.fields is not None and (before.fields is None or before.fields - now.fields):
        return True
    if before.future:
        return not now.future or bool(now.hidden - before.hidden)
    had = before.items - before.hidden
    return bool(had & now.hidden if now.future else had - (now.items - now.hidden))


def _is_rarer(now: Choice, before: Choice) -> bool:
    return now.frequency is not None and now.frequency != before.frequency
