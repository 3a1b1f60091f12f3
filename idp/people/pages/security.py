"""/account/security: password, sessions."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from foundation.text import N_
from foundation.web.forms import Form
from foundation.web.i18n import Translator
from foundation.web.templates import render, translator_for
from idp.logout.leaving import leave
from idp.people.callers import Caller, caller_of
from idp.people.outcomes import Changed, Throttled, Wrong
from idp.people.pages.common import notice_of, retry_after, see_other, too_often
from idp.people.passwords import Weakness
from idp.people.room import People
from idp.people.security import change_password, end_all_sessions, end_session, open_browsers
from idp.people.session import Session

_PATH = "/account/security"
_NOTICES = {
    "password": N_("Votre mot de passe est changé. Vos autres appareils ont été déconnectés."),
    "session": N_("Cet appareil est déconnecté."),
}
_WRONG = N_("Ce n’est pas votre mot de passe actuel.")


class SecurityPages:
    """What someone signed in does about her own security. Every role has it."""

    def __init__(self, people: People) -> None:
        self._people = people

    def routes(self, router: APIRouter) -> None:
        router.add_api_route(_PATH, self.show, methods=["GET"])
        router.add_api_route(f"{_PATH}/password", self.change_password, methods=["POST"])
        router.add_api_route(f"{_PATH}/session", self.end_session, methods=["POST"])
        router.add_api_route(f"{_PATH}/sign-out-everywhere", self.sign_out_everywhere, methods=["POST"])

    async def show(self, request: Request) -> Response:
        session = await self._people.access.current_person(request)
        return await self._page(request, session)

    async def change_password(self, request: Request) -> Response:
        caller, form = await self._posted(request)
        outcome = await change_password(
            self._people, form.single("current_password"), form.single("new_password"), caller
        )
        if isinstance(outcome, Changed):
            response = see_other(f"{_PATH}?notice=password")
            self._people.devices.remembering(caller, outcome.mark).put_on(response)
            return response
        errors = _errors(translator_for(request), outcome)
        response = await self._page(request, caller.session, errors)
        if isinstance(outcome, Throttled):
            response.status_code = 429
            response.headers.update(retry_after(outcome))
        return response

    async def end_session(self, request: Request) -> Response:
        """End one of her sessions; this one is ended by signing out."""
        caller, form = await self._posted(request)
        await end_session(self._people, form.single("session"), caller)
        return see_other(f"{_PATH}?notice=session")

    async def sign_out_everywhere(self, request: Request) -> Response:
        caller, _ = await self._posted(request)
        parted = await end_all_sessions(self._people, caller)
        response = leave(request, parted.frames, "/?notice=signed-out")
        self._people.sessions.cookies.removal().put_on(response)
        return response

    async def _posted(self, request: Request) -> tuple[Caller, Form]:
        """The form of someone signed in; whoever is not any more is sent to sign in."""
        await self._people.access.current_person(request)
        session, form = await self._people.access.posted(request)
        return caller_of(request, session, self._people.server.clock), form

    async def _page(
        self, request: Request, session: Session, errors: dict[str, str] | None = None
    ) -> Response:
        now = self._people.server.clock.now()
        return render(
            request,
            "people/security.html",
            status=400 if errors else 200,
            errors=errors or {},
            session=session,
            browsers=await open_browsers(self._people, session, now),
            notice=notice_of(request, _NOTICES),
            now=now,
        )


def _errors(translator: Translator, outcome: Wrong | Throttled | Weakness) -> dict[str, str]:
    if isinstance(outcome, Weakness):
        return {"new_password": translator.gettext(outcome.value)}
    if isinstance(outcome, Throttled):
        return {"current_password": too_often(translator, outcome)}
    return {"current_password": translator.gettext(_WRONG)}
