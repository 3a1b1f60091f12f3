"""What a decision makes of a grant, and how the ledger tells it: pure functions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, cast

from consent.acts import Act, ItemChange, Kind, Notice, Transition
from consent.choices import Choice
from consent.coverage import Ask, PauseReason, Standing
from consent.events import (
    ConsentAmended,
    ConsentAsked,
    ConsentExpired,
    ConsentGiven,
    ConsentPaused,
    ConsentRefused,
    ConsentReopened,
    ConsentResumed,
    ConsentRevoked,
)
from consent.ledger.events import Event
from consent.limits import lifetime
from consent.requests import SCOPE_ELEMENT, Element


def first_standing(grant_id: str, ask: Ask, choice: Choice, act: Act) -> Standing:
    """The grant that a first acceptance makes."""
    request = ask.request
    return Standing(
        grant_id=grant_id,
        revision=1,
        client_id=request.asker.client_id,
        subject=act.person.subject,
        choice=choice,
        terms=_agreed(request.elements, choice),
        answered=request.digests,
        required=request.required,
        granted_at=act.now,
        expires_at=act.now + lifetime(choice.duration),
    )


def after_answer(standing: Standing, ask: Ask, choice: Choice, now: int) -> Standing:
    """The grant after `choice` answered `ask`: a whole answer replaces it, one to a change adds to it.

    Either way a pause is over: she was asked, and said that it goes on.
    """
    standing, request = _unpaused(standing), ask.request
    if ask.whole:
        return replace(
            standing,
            revision=standing.revision + 1,
            choice=choice,
            terms=_agreed(request.elements, choice),
            answered=request.digests,
            required=request.required,
            expires_at=now + lifetime(choice.duration),
        )
    elements = {name: request.elements[name] for name in ask.elements}
    return replace(
        standing,
        revision=standing.revision + 1,
        choice=choice,
        terms=_agreed({**standing.terms, **elements}, choice),
        answered=answered_by(ask),
        required=(standing.required - frozenset(request.scopes)) | request.required,
    )


def _unpaused(standing: Standing) -> Standing:
    return replace(standing, paused_at=None, pause_reason=None)


def paused(standing: Standing, reason: PauseReason, now: int) -> Standing:
    """The grant once it is paused; its term stays."""
    return replace(standing, revision=standing.revision + 1, paused_at=now, pause_reason=reason)


def resumed(standing: Standing) -> Standing:
    """The grant once it goes on, as it was."""
    return replace(_unpaused(standing), revision=standing.revision + 1)


def with_choice(standing: Standing, choice: Choice) -> Standing:
    """The grant after its holder changed what she shares, without a request."""
    revision = standing.revision + 1
    return replace(standing, revision=revision, choice=choice, terms=_agreed(standing.terms, choice))


def with_items(choice: Choice, change: ItemChange) -> Choice | None:
    """The choice after items were shared or held back; None when their scope is not shared."""
    shared = choice.scopes.get(change.scope)
    if shared is None:
        return None
    share, hold_back = frozenset(change.share), frozenset(change.hold_back)
    changed = replace(
        shared,
        items=(shared.items | share) - hold_back,
        hidden=(shared.hidden - share) | hold_back,
    )
    return replace(choice, scopes=MappingProxyType({**choice.scopes, change.scope: changed}))


def answered_by(ask: Ask) -> Mapping[str, str]:
    """What is remembered as answered once `ask` was, yes or no."""
    before = {} if ask.standing is None else ask.standing.answered
    return {**before, **{name: ask.request.digests[name] for name in ask.elements}}


def _agreed(elements: Mapping[str, Element], choice: Choice) -> Mapping[str, Element]:
    """The elements that were agreed to: those of scopes not shared are not."""
    shared = {SCOPE_ELEMENT + scope for scope in choice.scopes}
    return MappingProxyType(
        {
            name: element
            for name, element in elements.items()
            if not name.startswith(SCOPE_ELEMENT) or name in shared
        }
    )


def kind_of(before: Standing, after: Standing) -> Kind:
    """What a change of a living grant is called: a pause that begins or ends gives it its name."""
    if (before.paused_at is None) == (after.paused_at is None):
        return "amended"
    return "resumed" if after.paused_at is None else "paused"


def event_of(transition: Transition, act: Act, record_hash: str) -> Event:
    """The ledger's event of a change. record_hash: of the canonical consent record."""
    return _EVENTS[transition.kind](transition, act, record_hash)


def question(ask: Ask, notice: Notice, record_hash: str) -> ConsentAsked:
    """The ledger's event of a request shown to the person."""
    return ConsentAsked(
        client=ask.request.asker.client_id,
        scopes=_words(ask.scopes),
        notice=notice.sha256,
        page_version=notice.page_version,
        locale=notice.language,
        purposes=ask.request.purpose_code,
        reason=ask.why,
        record=record_hash,
    )


def refusal(ask: Ask, act: Act, record_hash: str) -> ConsentRefused:
    """The ledger's event of a refusal; it names the grant that stays when what was refused is a change."""
    return ConsentRefused(
        client=ask.request.asker.client_id,
        grant=None if ask.whole or ask.standing is None else ask.standing.grant_id,
        scopes=_words(ask.scopes),
        notice=_shown(act) or "",
        record=record_hash,
    )


def reopened(standing: Standing, answers: Mapping[str, str]) -> ConsentReopened:
    """The ledger's event of answers forgotten. answers: those that stay."""
    return ConsentReopened(
        client=standing.client_id,
        grant=standing.grant_id,
        revision=standing.revision,
        scopes=_words(standing.choice.scopes),
        elements=_words(standing.answered.keys() - answers.keys()),
    )


def _given(transition: Transition, act: Act, record_hash: str) -> Event:
    facts = _facts(transition.after, record_hash)
    return ConsentGiven(**facts, notice=_shown(act) or "")


def _amended(transition: Transition, act: Act, record_hash: str) -> Event:
    return ConsentAmended(**_changed(transition, act, record_hash))


def _resumed(transition: Transition, act: Act, record_hash: str) -> Event:
    return ConsentResumed(**_changed(transition, act, record_hash))


def _changed(transition: Transition, act: Act, record_hash: str) -> dict[str, Any]:
    after, before = transition.after, cast("Standing", transition.before)
    old, new = before.choice.scopes.keys(), after.choice.scopes.keys()
    return _facts(after, record_hash) | {
        "notice": _shown(act),
        "added": _words(new - old),
        "removed": _words(old - new),
    }


def _paused(transition: Transition, act: Act, record_hash: str) -> Event:
    reason = cast("PauseReason", transition.after.pause_reason)
    return ConsentPaused(**_grant(transition.after), reason=reason, by=act.by, record=record_hash)


def _revoked(transition: Transition, act: Act, record_hash: str) -> Event:
    return ConsentRevoked(**_grant(transition.after), by=act.by, record=record_hash)


def _expired(transition: Transition, _act: Act, record_hash: str) -> Event:
    after = transition.after
    return ConsentExpired(**_grant(after), expires_at=after.expires_at, record=record_hash)


_EVENTS: Mapping[Kind, Callable[[Transition, Act, str], Event]] = {
    "given": _given,
    "amended": _amended,
    "paused": _paused,
    "resumed": _resumed,
    "revoked": _revoked,
    "expired": _expired,
}


def _grant(standing: Standing) -> dict[str, Any]:
    return {
        "client": standing.client_id,
        "grant": standing.grant_id,
        "revision": standing.revision,
        "scopes": _words(standing.choice.scopes),
    }


def _facts(standing: Standing, record_hash: str) -> dict[str, Any]:
    choice = standing.choice
    return _grant(standing) | {
        "declined": _words(choice.declined),
        "future": _words(choice.future),
        "hidden": len(choice.hidden),
        "duration": choice.duration,
        "expires_at": standing.expires_at,
        "record": record_hash,
        "hidden_items": choice.hidden,
    }


def _words(names: Iterable[str]) -> str:
    return " ".join(sorted(names))


def _shown(act: Act) -> str | None:
    return None if act.notice is None else act.notice.sha256
