"""The consent screen as data: what is asked, with the person's real values, in the order she reads it.

A pure function of the question (`Ask`), her profile as it stands and her language, so that the same question
always reads the same; what was rendered is hashed, and that hash is what she agreed to.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from consent.abroad import TRANSFERS_ELEMENT
from consent.catalogue import CATALOGUE, Scope, Sensitivity
from consent.choices import Shelf, fields_of
from consent.coverage import Ask
from consent.narrowing.words import PAUSES, field_words, frequency_words
from consent.pages.abroad import transfers_words
from consent.pages.changes import ChangeLine, change_lines
from consent.pages.values import Shown, show_facts, show_item
from consent.requests import SCOPE_ELEMENT, ScopeAsk
from foundation.text import N_
from foundation.web.i18n import Translator

Facts = tuple[tuple[str, str], ...]

PAGE_VERSION = "4"  # raised when the words of the screen change; part of what a consent refers to


@dataclass(frozen=True, slots=True)
class Reader:
    """Who answers: what the screen says about her account."""

    name: str
    email: str
    email_verified: bool


@dataclass(frozen=True, slots=True)
class Ticks:
    """Boxes to show ticked: none the first time; hers when the screen is shown again."""

    scopes: Collection[str] = ()
    hidden: Collection[str] = ()  # "scope:item id"
    future: Collection[str] = ()
    duration: str = "once"


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item that can be held back. value: of its `hide` box."""

    shown: Shown
    value: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """One scope. items: values to choose among; facts: values that go together; neither: nothing yet."""

    name: str
    label: str
    contents: str
    reason: str
    required: bool
    new: bool
    shared_before: bool
    ticked: bool
    future: bool
    later: bool
    selectable: bool
    items: tuple[ItemLine, ...]
    facts: Facts
    warnings: tuple[str, ...]
    only: str = ""  # the fields asked, where they are not all of them
    empty: bool = False  # her profile holds nothing of it


@dataclass(frozen=True, slots=True)
class Screen:
    """The whole screen. whole: everything is asked; else only a change, and `kept` stays as it is.

    frequency: how often the app reads at most, "" where it promises nothing. resting: since when and why what
    stands is paused, "" where it is not. until: the last day of what stands, "" where she is to choose one.
    ending: what she shares today, where the answer is to take its place. transfers, automated: what the app
    declares of data that leave the Union, and of decisions that no human takes; "" for nothing.
    """

    ask: Ask
    reader: Reader
    whole: bool
    purpose: str
    retention: str
    required: tuple[ScopeLine, ...]
    optional: tuple[ScopeLine, ...]
    changes: tuple[ChangeLine, ...]
    kept: tuple[str, ...]
    duration: str
    frequency: str = ""
    resting: str = ""
    until: str = ""
    ending: tuple[str, ...] = ()
    transfers: str = ""
    automated: str = ""
    page_version: str = field(default=PAGE_VERSION)

    @property
    def app(self) -> str:
        return self.ask.request.asker.name


def make_screen(ask: Ask, shelf: Shelf, reader: Reader, t: Translator, ticks: Ticks | None = None) -> Screen:
    """The screen of a question. shelf: her items by dataset. ticks: what she had ticked, when shown again."""
    ticks = ticks or _standing_ticks(ask)
    request = ask.request
    writer = _Lines(ask, shelf, reader, t, ticks)
    lines = [writer.scope_line(one) for one in request.asks if one.scope in ask.scopes]
    return Screen(
        ask=ask,
        reader=reader,
        whole=ask.whole,
        purpose=request.purpose.in_language(t.tag),
        retention=request.retention.in_language(t.tag),
        required=tuple(line for line in lines if line.required),
        optional=tuple(line for line in lines if not line.required),
        changes=tuple(change_lines(ask.changes, t)),
        kept=tuple(t.gettext(CATALOGUE[name].label) for name in CATALOGUE if name in ask.kept),
        duration=ticks.duration,
        frequency=frequency_words(request.frequency, t) if request.frequency else "",
        resting=_resting(ask, t),
        until="" if ask.whole or ask.standing is None else t.dates.day(ask.standing.expires_at),
        ending=_ending(ask, t),
        transfers=_transfers(ask, t),
        automated=request.automated.in_language(t.tag) if request.automated else "",
    )


def _transfers(ask: Ask, t: Translator) -> str:
    element = ask.request.elements.get(TRANSFERS_ELEMENT)
    return "" if element is None else transfers_words(element, t)


def _ending(ask: Ask, t: Translator) -> tuple[str, ...]:
    if ask.standing is None or ask.why not in {"replace", "fresh"}:
        return ()
    shared = ask.standing.choice.scopes
    return tuple(t.gettext(CATALOGUE[name].label) for name in CATALOGUE if name in shared)


def _resting(ask: Ask, t: Translator) -> str:
    standing = ask.standing
    if standing is None or standing.over or standing.paused_at is None or standing.pause_reason is None:
        return ""
    since = t.gettext("Depuis le %(day)s.") % {"day": t.dates.day(standing.paused_at)}
    return f"{since} {t.gettext(PAUSES[standing.pause_reason])}"


def _standing_ticks(ask: Ask) -> Ticks:
    """Nothing is ticked for her; what she held back before stays held back."""
    return Ticks(hidden=ask.standing.choice.hidden if ask.standing else ())


@dataclass(frozen=True, slots=True)
class _Lines:
    """Writes the lines of one screen."""

    ask: Ask
    shelf: Shelf
    reader: Reader
    t: Translator
    ticks: Ticks

    def scope_line(self, one: ScopeAsk) -> ScopeLine:
        scope = CATALOGUE[one.scope]
        items, facts = self._values(scope, one.fields)
        asked = fields_of(scope.name, scope.edition, one.fields)
        return ScopeLine(
            name=scope.name,
            label=self.t.gettext(scope.label),
            contents=self.t.gettext(scope.contents),
            reason=one.reason.in_language(self.t.tag),
            required=one.required,
            new=not self.ask.whole and not self._was_agreed(scope),
            shared_before=not self.ask.whole and self._was_agreed(scope),
            ticked=scope.name in self.ticks.scopes,
            future=scope.name in self.ticks.future,
            later=one.later and scope.selectable,
            selectable=scope.selectable,
            items=items,
            facts=facts,
            warnings=tuple(self.t.gettext(text) for text in _warnings(scope)),
            only="" if one.fields is None else field_words(asked, self.t),
            empty=scope.dataset is not None and not items and not facts,
        )

    def _was_agreed(self, scope: Scope) -> bool:
        standing = self.ask.standing
        return standing is not None and SCOPE_ELEMENT + scope.name in standing.terms

    def _values(self, scope: Scope, only: frozenset[str] | None) -> tuple[tuple[ItemLine, ...], Facts]:
        """What would leave now: items to choose among, or facts that go together."""
        dataset = scope.dataset
        if dataset is None:
            return (), self._claims(scope)
        items, fields = self.shelf.get(dataset.name, ()), fields_of(scope.name, scope.edition, only)
        if dataset.single:
            return (), tuple(show_facts(dataset, items[0], self.t, fields)) if items else ()
        lines = []
        for item in items:
            value = f"{scope.name}:{item['id']}"
            lines.append(
                ItemLine(show_item(dataset, item, self.t, fields), value, value in self.ticks.hidden)
            )
        return tuple(lines), ()

    def _claims(self, scope: Scope) -> Facts:
        """What a scope without a dataset tells of her account; one that writes tells nothing."""
        if scope.writes:
            return (
                (
                    self.t.gettext("Ce qui part"),
                    self.t.gettext("Rien : l’application ajoute, elle ne lit pas."),
                ),
            )
        known = scope.name == "email" and self.reader.email_verified
        return ((self.t.gettext(scope.label), self.reader.email),) if known else ()


def _warnings(scope: Scope) -> list[str]:
    found = []
    if scope.free_text:
        found.append(
            N_(
                "Relisez vos textes libres : ils peuvent en dire plus que vous ne voulez,"
                " par exemple sur votre santé ou vos convictions."
            )
        )
    if scope.third_parties:
        found.append(N_("Ces données concernent aussi d’autres personnes que vous."))
    if scope.sensitivity is Sensitivity.VERY_HIGH:
        found.append(N_("Ces données sont particulièrement sensibles."))
    return found
