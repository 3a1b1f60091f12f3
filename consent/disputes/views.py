"""A dispute as a person and an administrator read it."""

from dataclasses import dataclass

from consent.disputes.life import ACTIONS, OUTCOMES
from consent.disputes.rows import DisputeRow
from consent.ledger.leaf import Leaf
from consent.pages.story import line_of
from foundation.text import N_
from foundation.web.i18n import Translator
from keys.people import PersonSecrets

STATES = {
    "open": (N_("En attente de réponse"), "warn"),
    "answered": (N_("Réponse reçue"), "ok"),
    "closed": (N_("Clos"), "none"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page says of a dispute. Times are microseconds; pill: how its state is drawn."""

    id: str
    code: str
    grant_id: str
    app: str
    about_at: int
    opened_at: int
    changed_at: int
    state: str
    state_label: str
    pill: str
    action: str
    outcome: str
    note: str
    answer: str
    is_open: bool
    is_closed: bool


def show(row: DisputeRow, app: str, t: Translator, person: PersonSecrets | None = None) -> Shown:
    """person: her opened keys, where what was written is to be read. Raises SealError."""
    label, pill = STATES[row.state]
    return Shown(
        id=row.id,
        code=row.code,
        grant_id=row.grant_id,
        app=app,
        about_at=row.about_at,
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        state=row.state,
        state_label=t.gettext(label),
        pill=pill,
        action=t.gettext(ACTIONS[row.action]),
        outcome=t.gettext(OUTCOMES[row.outcome]) if row.outcome else "",
        note="" if person is None else row.note(person),
        answer="" if person is None else row.answer(person),
        is_open=row.state == "open",
        is_closed=row.state == "closed",
    )


def told(leaf: Leaf, t: Translator) -> tuple[str, str]:
    """What happened, in the words of the history: text and detail."""
    line = line_of(leaf, t)
    return line.text, line.detail
