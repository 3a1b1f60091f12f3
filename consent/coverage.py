"""Whether a standing grant answers a request, or what is left to ask.

What was answered, yes or no, is not asked again while it says the same (EDPB 03/2022: no repeat prompt
after a refusal). Asked again: a request without a living grant, a "once", an app that anyone could pose
as, a paused grant, and, of a changed request, the change alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from consent.choices import Choice
from consent.limits import within
from consent.requests import (
    FREQUENCY_ELEMENT,
    SCOPE_ELEMENT,
    Element,
    SharingRequest,
    is_answered,
)

Why = Literal["first", "changed", "ended", "prompted", "paused", "replace", "fresh"]
Renewal = Literal["replace", "fresh"]
PauseReason = Literal["person", "unused", "reconfirmation"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A grant that she did not end, as read.

    terms: what was agreed to, by element. answered: digest of what was last answered, yes or no, by
    element. required: scopes that the app cannot do without. over: its term was recorded; it answers
    nothing any more, but says what she held back. paused_at: since when it opens nothing, though it stands;
    pause_reason: she said so, nobody used it, or it waits for her to confirm it.
    """

    grant_id: str
    revision: int
    client_id: str
    subject: str
    choice: Choice
    terms: Mapping[str, Element]
    answered: Mapping[str, str]
    required: frozenset[str]
    granted_at: int
    expires_at: int
    over: bool = False
    paused_at: int | None = None
    pause_reason: PauseReason | None = None

    def meets(self, request: SharingRequest) -> bool:
        """Whether all that the app cannot do without is shared."""
        return request.required <= self.choice.scopes.keys()


@dataclass(frozen=True, slots=True)
class Change:
    """One element that says something new. before: what was agreed to; None when it was never asked."""

    element: str
    before: Element | None
    after: Element


@dataclass(frozen=True, slots=True)
class Covered:
    """Nothing to ask: what the person answered stands."""

    standing: Standing


@dataclass(frozen=True, slots=True)
class Ask:
    """What to ask now.

    why: "first" (no grant), "changed" (only `elements` are asked), "ended" (expired, or a "once"),
    "prompted" (asked for, or the app cannot be told from an impostor), "paused" (whether what stands goes
    on; `elements` are what changed besides, often nothing), "replace" (the answer alone is to stand), "fresh"
    (the same, as another grant). standing: the grant there is, if any.
    """

    request: SharingRequest
    why: Why
    elements: tuple[str, ...]
    standing: Standing | None

    @property
    def whole(self) -> bool:
        """Whether everything is asked, and the answer replaces what stood."""
        return self.why not in {"changed", "paused"}

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes to answer now, in the order of the request."""
        return tuple(name for name in self.request.scopes if SCOPE_ELEMENT + name in self.elements)

    @property
    def required(self) -> frozenset[str]:
        """Those of `scopes` that accepting includes."""
        return self.request.required & frozenset(self.scopes)

    @property
    def kept(self) -> tuple[str, ...]:
        """Scopes shared already that this question leaves alone."""
        if self.whole or self.standing is None:
            return ()
        asked = frozenset(self.scopes)
        return tuple(name for name in self.standing.choice.scopes if name not in asked)

    @property
    def changes(self) -> tuple[Change, ...]:
        """Before and after of each element asked, where something stood before."""
        if self.whole or self.standing is None:
            return ()
        terms, elements = self.standing.terms, self.request.elements
        return tuple(Change(name, terms.get(name), elements[name]) for name in self.elements)

    @property
    def basis(self) -> tuple[str, int] | None:
        """The grant and revision that the answer builds on; None for none that could still change."""
        if self.standing is None or self.standing.over:
            return None
        return self.standing.grant_id, self.standing.revision


def covers(
    standing: Standing | None,
    request: SharingRequest,
    now: int,
    *,
    prompted: bool = False,
    renewal: Renewal | None = None,
) -> Covered | Ask:
    """Whether `standing` answers `request` at `now` (microseconds), else what to ask.

    prompted: the app wants the person asked whatever stands (OIDC Core section 3.1.2.1, prompt=consent).
    renewal: it wants what stands replaced by her answer, or ended for a grant of its own.
    """
    everything = tuple(request.elements)
    if standing is None:
        return Ask(request, "first", everything, None)
    lives = not standing.over and standing.expires_at > now
    if lives and renewal is not None:
        return Ask(request, renewal, everything, standing)
    if not lives or standing.choice.duration == "once":
        return Ask(request, "ended", everything, standing)
    if prompted or request.asker.loopback:
        return Ask(request, "prompted", everything, standing)
    changed = tuple(name for name in everything if _is_open(name, standing, request))
    if standing.paused_at is not None:
        return Ask(request, "paused", changed, standing)
    return Ask(request, "changed", changed, standing) if changed else Covered(standing)


def _is_open(name: str, standing: Standing, request: SharingRequest) -> bool:
    """Whether an element has no answer: new, saying something else, or a scope needed and missing.

    To read less often than was agreed to needs no answer.
    """
    if name == FREQUENCY_ELEMENT and within(request.frequency, standing.choice.frequency):
        return False
    if not is_answered(request.digests[name], standing.answered.get(name)):
        return True
    scope = name.removeprefix(SCOPE_ELEMENT)
    return scope in request.required and scope not in standing.choice.scopes
