"""/register and /verify-email: an address, a mail, a password."""

from typing import NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from foundation.web.forms import parse_query
from foundation.web.templates import render, translator_for
from idp.people.addresses import parse_address
from idp.people.callers import caller_of
from idp.people.links import REGISTER, Link
from idp.people.outcomes import DeadLink
from idp.people.pages.common import (
    BAD_EMAIL,
    destination,
    onward_in,
    retry_after,
    see_other,
    too_often,
    with_onward,
)
from idp.people.pages.sign_in import welcome
from idp.people.passwords import Weakness
from idp.people.registration import Onward, ask_to_register, read_link, register
from idp.people.room import People


class RegisterPages:
    """Opening an account."""

    def __init__(self, people: People, *, outbox_page: bool) -> None:
        self._people = people
        self._outbox_page = outbox_page

    def routes(self, router: APIRouter) -> None:
        router.add_api_route("/register", self.show, methods=["GET"])
        router.add_api_route("/register", self.submit, methods=["POST"])
        router.add_api_route("/register/sent", self.sent, methods=["GET"])
        router.add_api_route("/verify-email", self.show_link, methods=["GET"])
        router.add_api_route("/verify-email", self.submit_link, methods=["POST"])

    async def show(self, request: Request) -> Response:
        """The form; someone signed in has an account."""
        session = await self._people.access.load_session(request)
        if session is not None and session.signed_in:
            return see_other(destination(session.role, Onward()))
        return await self._form(request, onward_in(parse_query(request)))

    async def submit(self, request: Request) -> Response:
        """Send a mail; the answer is the same whether the address has an account."""
        session, form = await self._people.access.posted(request)
        onward, email, translator = onward_in(form), form.single("email"), translator_for(request)
        address = parse_address(email)
        if address is None:
            return await self._form(request, onward, email, translator.gettext(BAD_EMAIL))
        caller = caller_of(request, session, self._people.server.clock)
        throttled = await ask_to_register(self._people, address, onward, caller)
        if throttled is None:
            return see_other("/register/sent")
        response = await self._form(request, onward, email, too_often(translator, throttled))
        response.status_code = 429
        response.headers.update(retry_after(throttled))
        return response

    async def sent(self, request: Request) -> Response:
        """What happens next, without naming the address: it would stand in a URL."""
        await self._people.access.load_session(request)
        return render(request, "people/register_sent.html", outbox_page=self._outbox_page)

    async def show_link(self, request: Request) -> Response:
        """A live link shows the form; only its POST spends the link."""
        token = parse_query(request).single("token")
        return await self._password_form(request, token)

    async def submit_link(self, request: Request) -> Response:
        """Make the account and sign in."""
        session, form = await self._people.access.posted(request)
        token, caller = form.single("token"), caller_of(request, session, self._people.server.clock)
        outcome = await register(self._people, token, form.single("password"), caller)
        if isinstance(outcome, DeadLink):
            return dead_link(request, "/register")
        if isinstance(outcome, Weakness):
            return await self._password_form(request, token, outcome)
        return welcome(self._people, outcome.session, outcome.onward)

    async def _form(self, request: Request, onward: Onward, email: str = "", error: str = "") -> Response:
        return await self._people.access.page(
            request,
            lambda _session: render(
                request,
                "people/register.html",
                status=400 if error else 200,
                errors={"email": error} if error else {},
                email=email,
                onward=onward,
                sign_in=with_onward("/login", onward),
            ),
        )

    async def _password_form(
        self, request: Request, token: str, weakness: Weakness | None = None
    ) -> Response:
        link = await read_link(self._people, REGISTER, token, self._people.server.clock.now())
        if not isinstance(link, Link):
            return dead_link(request, "/register")
        choosing = Choosing("people/verify_email.html", token, link.carried.email)
        return await password_form(self._people, request, choosing, weakness)


class Choosing(NamedTuple):
    """The page where a link's holder chooses a password."""

    template: str
    token: str
    email: str


async def password_form(
    people: People, request: Request, choosing: Choosing, weakness: Weakness | None
) -> Response:
    """That page; with what was wrong with the last choice."""
    errors = {"password": translator_for(request).gettext(weakness.value)} if weakness else {}
    status = 400 if errors else 200
    _, token, email = choosing
    return await people.access.page(
        request,
        lambda _session: render(
            request, choosing.template, status=status, errors=errors, token=token, email=email
        ),
    )


def dead_link(request: Request, again: str) -> Response:
    """The link was used, is too old or was never ours; `again` sends another."""
    return render(request, "people/dead_link.html", status=410, again=again)
