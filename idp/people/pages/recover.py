"""/password/forgot and /password/reset."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from foundation.web.forms import parse_query
from foundation.web.templates import render, translator_for
from idp.people.addresses import parse_address
from idp.people.callers import caller_of
from idp.people.outcomes import DeadLink
from idp.people.pages.common import BAD_EMAIL, onward_in, retry_after, see_other, too_often
from idp.people.pages.register import Choosing, dead_link, password_form
from idp.people.passwords import Weakness
from idp.people.recovery import ask_to_reset, holder_of_link, reset
from idp.people.registration import Onward
from idp.people.room import People


class RecoverPages:
    """A forgotten password."""

    def __init__(self, people: People, *, outbox_page: bool) -> None:
        self._people = people
        self._outbox_page = outbox_page

    def routes(self, router: APIRouter) -> None:
        router.add_api_route("/password/forgot", self.show, methods=["GET"])
        router.add_api_route("/password/forgot", self.submit, methods=["POST"])
        router.add_api_route("/password/forgot/sent", self.sent, methods=["GET"])
        router.add_api_route("/password/reset", self.show_link, methods=["GET"])
        router.add_api_route("/password/reset", self.submit_link, methods=["POST"])

    async def show(self, request: Request) -> Response:
        return await self._form(request, onward_in(parse_query(request)))

    async def submit(self, request: Request) -> Response:
        """Send a mail to the account's holder, if there is one; the answer is the same if not."""
        session, form = await self._people.access.posted(request)
        onward, email, translator = onward_in(form), form.single("email"), translator_for(request)
        if parse_address(email) is None:
            return await self._form(request, onward, email, translator.gettext(BAD_EMAIL))
        caller = caller_of(request, session, self._people.server.clock)
        throttled = await ask_to_reset(self._people, email, onward, caller)
        if throttled is None:
            return see_other("/password/forgot/sent")
        response = await self._form(request, onward, email, too_often(translator, throttled))
        response.status_code = 429
        response.headers.update(retry_after(throttled))
        return response

    async def sent(self, request: Request) -> Response:
        """What happens next, whether or not there is such an account."""
        await self._people.access.load_session(request)
        return render(request, "people/forgot_sent.html", outbox_page=self._outbox_page)

    async def show_link(self, request: Request) -> Response:
        """A live link shows the form; only its POST spends the link."""
        return await self._password_form(request, parse_query(request).single("token"))

    async def submit_link(self, request: Request) -> Response:
        """Store the new password; she signs in with it."""
        session, form = await self._people.access.posted(request)
        token, caller = form.single("token"), caller_of(request, session, self._people.server.clock)
        outcome = await reset(self._people, token, form.single("password"), caller)
        if isinstance(outcome, DeadLink):
            return dead_link(request, "/password/forgot")
        if isinstance(outcome, Weakness):
            return await self._password_form(request, token, outcome)
        response = see_other(_sign_in_again(outcome))
        if session.signed_in:  # that session has just ended with the others
            self._people.sessions.cookies.removal().put_on(response)
        return response

    async def _form(self, request: Request, onward: Onward, email: str = "", error: str = "") -> Response:
        return await self._people.access.page(
            request,
            lambda _session: render(
                request,
                "people/forgot.html",
                status=400 if error else 200,
                errors={"email": error} if error else {},
                email=email,
                onward=onward,
            ),
        )

    async def _password_form(
        self, request: Request, token: str, weakness: Weakness | None = None
    ) -> Response:
        holder = await holder_of_link(self._people, token, self._people.server.clock.now())
        if holder is None:
            return dead_link(request, "/password/forgot")
        choosing = Choosing("people/reset.html", token, holder.email)
        return await password_form(self._people, request, choosing, weakness)


def _sign_in_again(onward: Onward) -> str:
    pending = f"&request={onward.request_id}" if onward.request_id else ""
    return f"/login?notice=password-reset{pending}"
