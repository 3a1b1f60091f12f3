"""What a child chose, on its way to a parent and back: bound to the question asked and to the choice made."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from consent.abroad import TRANSFERS_ELEMENT
from consent.catalogue import CATALOGUE
from consent.choices import Choice, Shelf
from consent.coverage import Ask
from consent.pages.abroad import transfers_words
from consent.pages.values import show_facts, show_item
from consent.requests import ScopeAsk, digest_of
from foundation.web.i18n import Translator
from idp.people.ages import of_age_by_profile, still_minor, today
from idp.people.session import Session

Ticks = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Child:
    """A person under 15 who is asked something. now: microseconds."""

    session: Session = field(repr=False)
    ask: Ask
    pending_id: str
    now: int

    @property
    def question(self) -> str:
        """One hash for what she is asked, grant included: when anything of it changes, it is asked anew."""
        basis = self.ask.basis
        return digest_of(
            {
                "request": self.ask.request.digest,
                "elements": list(self.ask.elements),
                "basis": None if basis is None else [basis[0], basis[1]],
            }
        )


class Proposal(NamedTuple):
    """Her choice. ticks: of her form. summary: of what it shares, in her language, for the parent."""

    choice: Choice
    ticks: Ticks
    summary: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 of the choice, item by item."""
        return hashlib.sha256(self.choice.to_json().encode()).hexdigest()

    @property
    def scopes(self) -> str:
        return " ".join(sorted(self.choice.scopes))


def needs_parent(session: Session, shelf: Shelf, now: int) -> bool:
    """Whether she is under 15, by what she said when registering or by her profile: the younger counts."""
    day = today(now)
    return still_minor(session.of_age_on, day) or still_minor(of_age_by_profile(shelf), day)


def propose(ask: Ask, choice: Choice, ticks: Ticks, shelf: Shelf, t: Translator) -> Proposal:
    """A choice with what the parent is shown of it: each thing that would leave, by its name."""
    request = ask.request
    abroad = request.elements.get(TRANSFERS_ELEMENT)
    summary = {
        "language": t.tag,
        "app": request.asker.name,
        "legal_entity": request.asker.legal_entity,
        "privacy_url": request.asker.privacy_url,
        "purpose": request.purpose.in_language(t.tag),
        "retention": request.retention.in_language(t.tag),
        "transfers": transfers_words(abroad, t) if abroad else "",
        "automated": request.automated.in_language(t.tag) if request.automated else "",
        "duration": choice.duration,
        "scopes": [_told(one, choice, shelf, t) for one in request.asks if one.scope in choice.scopes],
    }
    return Proposal(choice, {name: list(values) for name, values in ticks.items() if values}, summary)


def _told(one: ScopeAsk, choice: Choice, shelf: Shelf, t: Translator) -> dict[str, Any]:
    scope, values = CATALOGUE[one.scope], _values(one.scope, choice, shelf, t)
    return {
        "label": t.gettext(scope.label),
        "reason": one.reason.in_language(t.tag),
        "values": values,
        "empty": scope.dataset is not None and not values,
        "later": choice.scopes[one.scope].future,
    }


def _values(name: str, choice: Choice, shelf: Shelf, t: Translator) -> list[str]:
    dataset, shared = CATALOGUE[name].dataset, choice.scopes[name]
    if dataset is None:
        return []
    items = shared.lets_out(shelf.get(dataset.name, ()))
    if dataset.single:
        facts = (fact for item in items for fact in show_facts(dataset, item, t))
        return [
            t.gettext("%(label)s : %(value)s") % {"label": label, "value": value} for label, value in facts
        ]
    return [show_item(dataset, item, t).title for item in items]
