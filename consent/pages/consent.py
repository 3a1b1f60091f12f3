"""The consent screen: rendered once, hashed, shown; and shown again when it is no longer true.

The caller (the authorization endpoint) owns the route and the answer; it compares the posted `page` field
with `notice.sha256`, so that nobody agrees to something else than what she saw.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from consent.acts import Notice
from consent.catalogue import PURPOSES
from consent.choices import Shelf
from consent.coverage import Ask
from consent.limits import OFFERED, ONCE, Duration
from consent.narrowing.words import duration_words
from consent.pages.grounds import grounds_words
from consent.pages.screen import Reader, Screen, Ticks, make_screen
from consent.pages.values import show_date
from consent.records.blanks import blanked
from consent.records.notices import text_hash
from foundation.text import N_
from foundation.web.i18n import Translator
from foundation.web.templates import fragment, render, translator_for

_ENDS = N_("Puis l’accès s’arrête tout seul.")
_ONCE = N_("Pour cette connexion. La prochaine fois, on vous redemandera.")
_ASK_PARENT = N_("Demander à un parent")
_PROPOSED = N_("Proposé par l’application. Puis l’accès s’arrête tout seul.")


@dataclass(frozen=True)
class ConsentPage:
    """One question on its way to a person.

    shelf: her items by dataset, as they stand now. email: her account's address if she confirmed it, else "".
    action: path that the form posts to. ends_at: validated origin of the app, where that POST ends.
    switch: path and query that let someone else sign in, "" for none. salt: see consent/records/notices.py.
    code: that another screen says too, "" for none. with_parent: for somebody under 15, how far a parent's
    agreement is: "needed", "asked", "agreed" or "refused"; "" for everybody else.
    """

    request: Request
    question: Ask
    shelf: Shelf
    email: str
    action: str
    ends_at: str
    switch: str = ""
    code: str = ""
    salt: str = ""
    with_parent: str = ""

    @cached_property
    def notice(self) -> Notice:
        """What a consent given on this page refers to; the same as long as the page would say the same."""
        screen, text = self._screen(None), str(self._untouched)
        return Notice(
            self._translator.tag,
            text_hash(text),
            screen.page_version,
            text=text,
            blank=str(self._markup(blanked(screen, self._translator), salt="0" * len(self.salt))),
        )

    def response(
        self,
        *,
        changed: bool = False,
        form: Mapping[str, Sequence[str]] | None = None,
    ) -> Response:
        """The page. changed: it is not what she answered to any more; form: what she had ticked then."""
        screen = self._screen(_ticks(form, self.question.request.durations) if form else None)
        switch = urlsplit(self.switch)
        return render(
            self.request,
            "consent/ask.html",
            status=409 if changed else 200,
            form_action=[self.ends_at] if self.ends_at else [],
            screen=screen,
            shown=self._markup(screen) if form else self._untouched,
            notice_hash=self.notice.sha256,
            action=self.action,
            switch=self.switch,
            switch_path=switch.path,
            switch_fields=parse_qsl(switch.query),
            code=self.code,
            changed_meanwhile=changed,
        )

    @cached_property
    def _translator(self) -> Translator:
        return translator_for(self.request)

    @cached_property
    def _untouched(self) -> Markup:
        """The screen with nothing ticked by her: its hash does not depend on what she ticks."""
        return self._markup(self._screen(None), salt=self.salt)

    def _screen(self, ticks: Ticks | None) -> Screen:
        reader = Reader(_name(self.shelf) or self.email, self.email, email_verified=bool(self.email))
        return make_screen(self.question, self.shelf, reader, self._translator, ticks)

    def _markup(self, screen: Screen, *, salt: str = "") -> Markup:
        t = self._translator
        request = screen.ask.request
        refuse, accept = (t.gettext(text) % {"app": screen.app} for text in _buttons(screen))
        context: dict[str, Any] = {
            "screen": screen,
            "salt": salt,
            "with_parent": self.with_parent,
            "refuse_label": refuse,
            "accept_label": accept if self.with_parent in {"", "agreed"} else t.gettext(_ASK_PARENT),
            "purpose_label": t.gettext(PURPOSES[request.purpose_code].label),
            "grounds": grounds_words(asdict(request.grounds), t) if request.grounds else "",
            "verified_on": show_date(request.asker.verified_on, t) if request.asker.verified_on else "",
            "durations": [(one, duration_words(one, t), t.gettext(_hint(one))) for one in request.durations],
        }
        return fragment(self.request, "consent/shown.html", **context)


def _name(shelf: Shelf) -> str:
    for person in shelf.get("identity", ()):
        return f"{person['given_name']} {person['family_name']}"
    return ""


def _buttons(screen: Screen) -> tuple[str, str]:
    """What refusing and accepting are called."""
    if screen.whole:
        return N_("Refuser"), N_("Continuer sur %(app)s")
    if screen.resting:
        return N_("Laisser en pause"), N_("Reprendre le partage")
    return N_("Refuser ce changement"), N_("Accepter ce changement")


def _hint(duration: Duration) -> str:
    if duration == ONCE:
        return _ONCE
    return _ENDS if duration in OFFERED else _PROPOSED


def _ticks(form: Mapping[str, Sequence[str]], offered: Sequence[Duration]) -> Ticks:
    durations = [one for one in offered if one in form.get("duration", ())]
    return Ticks(
        scopes=form.get("scope", ()),
        hidden=form.get("hide", ()),
        future=form.get("future", ()),
        duration=durations[0] if durations else ONCE,
    )
