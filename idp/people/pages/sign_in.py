"""/login and /logout."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from foundation.text import N_
from foundation.web.forms import parse_query
from foundation.web.templates import render, translator_for
from idp.logout.leaving import leave
from idp.logout.telling import Parted
from idp.people.by_mail import Onward
from idp.people.callers import Caller, caller_of
from idp.people.outcomes import Throttled
from idp.people.pages.common import (
    destination,
    notice_of,
    onward_in,
    retry_after,
    see_other,
    too_often,
    with_onward,
)
from idp.people.room import PendingSignIn, People
from idp.people.security import end_session
from idp.people.session import Session
from idp.people.sign_in import Attempt, sign_in

_NOTICES = {
    "password-reset": N_("Votre mot de passe est changé. Connectez-vous avec le nouveau."),
    "signed-out": N_("Votre session est fermée."),
}
_WRONG = N_("L’adresse e-mail ou le mot de passe ne convient pas. Vérifiez-les, puis réessayez.")


class SignInPages:
    """Signing in, signing out."""

    def __init__(self, people: People) -> None:
        self._people = people

    def routes(self, router: APIRouter) -> None:
        router.add_api_route("/login", self.show, methods=["GET"])
        router.add_api_route("/login", self.submit, methods=["POST"])
        router.add_api_route("/logout", self.ask_sign_out, methods=["GET"])
        router.add_api_route("/logout", self.sign_out, methods=["POST"])

    async def show(self, request: Request) -> Response:
        """The form; someone signed in whom nothing asks to sign in again goes on."""
        onward = onward_in(parse_query(request))
        session = await self._people.access.load_session(request)
        if session is not None and session.signed_in and not onward.request_id:
            return see_other(destination(session.role, onward))
        return await self._form(request, onward)

    async def submit(self, request: Request) -> Response:
        """Try the password."""
        session, form = await self._people.access.posted(request)
        onward, email = onward_in(form), form.single("email")
        attempt = Attempt(email, form.single("password"), onward.request_id)
        caller = caller_of(request, session, self._people.server.clock)
        outcome = await sign_in(self._people, attempt, caller)
        if isinstance(outcome, Session):
            return welcome(self._people, caller, outcome, onward)
        await self._pending(request, onward)  # first: it says in which language to answer
        translator = translator_for(request)
        if isinstance(outcome, Throttled):
            errors = {"email": too_often(translator, outcome)}
            return await self._form(request, onward, email, errors, outcome)
        return await self._form(request, onward, email, {"email": translator.gettext(_WRONG)})

    async def ask_sign_out(self, request: Request) -> Response:
        """A link may only ask: signing out is a POST, or any page could do it to her."""
        session = await self._people.access.load_session(request)
        if session is None or not session.signed_in:
            return see_other("/")
        translate = translator_for(request).gettext
        return render(
            request,
            "kit/confirm.html",
            title=translate(N_("Se déconnecter d’Accord ?")),
            consequences=[],
            text=translate(N_("Les applications que vous avez autorisées gardent leur accès.")),
            action="/logout",
            label=translate(N_("Me déconnecter")),
            cancel=destination(session.role, Onward()),
            danger=False,
        )

    async def sign_out(self, request: Request) -> Response:
        """End this session, if somebody is signed in, and forget the browser."""
        session, _ = await self._people.access.posted(request)
        parted = Parted()
        if session.signed_in:
            caller = caller_of(request, session, self._people.server.clock)
            parted = await end_session(self._people, session.id, caller)
        response = leave(request, parted.frames, "/?notice=signed-out")
        self._people.sessions.cookies.removal().put_on(response)
        return response

    async def _form(
        self,
        request: Request,
        onward: Onward,
        email: str = "",
        errors: dict[str, str] | None = None,
        throttled: Throttled | None = None,
    ) -> Response:
        pending = await self._pending(request, onward)
        status = 429 if throttled else 400 if errors else 200
        return await self._people.access.page(
            request,
            lambda session: render(
                request,
                "people/sign_in.html",
                status=status,
                headers=retry_after(throttled) if throttled else None,
                form_action=[pending.ends_at] if pending and pending.ends_at else [],
                errors=errors or {},
                email=email or (pending.login_hint if pending else "") or session.email,
                onward=onward if pending else onward._replace(request_id=""),
                app_name=pending.app_name if pending else "",
                leave=pending.leave if pending else "",
                expired=bool(onward.request_id) and pending is None,
                notice=notice_of(request, _NOTICES),
                register=with_onward("/register", onward),
                forgot=with_onward("/password/forgot", onward),
            ),
        )

    async def _pending(self, request: Request, onward: Onward) -> PendingSignIn | None:
        if not onward.request_id:
            return None
        pending = await self._people.hooks.describe_request(onward.request_id)
        if pending is not None:
            request.scope["state"]["ui_locales"] = pending.ui_locales
        return pending


def welcome(people: People, caller: Caller, session: Session, onward: Onward) -> Response:
    """Into the new session, and on; the browser will be known the next time."""
    response = see_other(destination(session.role, onward))
    people.sessions.cookies.carrying(session.credential).put_on(response)
    people.devices.remembering(caller, session.mark).put_on(response)
    return response
