"""The pages that registration and recovery share: an address, a mail with a link, a password.

The link's token is in the address for one request: opening it moves the token into a cookie and goes on to an
address without it. No history, no Referer, no link to the same page in another language holds it then.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from foundation.web.forms import Form, parse_query
from foundation.web.templates import render, translator_for
from idp.people.addresses import Address, parse_address
from idp.people.by_mail import Onward
from idp.people.callers import Caller, caller_of
from idp.people.links import id_of
from idp.people.outcomes import DeadLink, Throttled
from idp.people.pages.common import BAD_EMAIL, onward_in, retry_after, see_other, too_often, with_onward
from idp.people.room import People

# Field -> what is wrong with it, a French msgid.
Faults = dict[str, str]
_EMPTY = Form({})
_TYPED = ("minor", "fifteen_on")  # shown again as they were typed
_NO_LINK = "-"  # held in place of what cannot be a link: its page says so
_LEAVES_NO_TRACE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


class ByMail(ABC):
    """Such pages; a subclass says what is its own.

    asking: path of the form for an address; "/sent" below it says what happens next, in the words of `sent`
    (a French msgid). landing: path that the link leads to. Both have a template.
    """

    asking: ClassVar[str]
    asking_template: ClassVar[str]
    landing: ClassVar[str]
    landing_template: ClassVar[str]
    sent: ClassVar[str]

    def __init__(self, people: People, *, outbox_page: bool) -> None:
        self._people = people
        self._outbox_page = outbox_page

    def routes(self, router: APIRouter) -> None:
        router.add_api_route(self.asking, self.show, methods=["GET"])
        router.add_api_route(self.asking, self.submit, methods=["POST"])
        router.add_api_route(f"{self.asking}/sent", self.show_sent, methods=["GET"])
        router.add_api_route(self.landing, self.show_link, methods=["GET"])
        router.add_api_route(self.landing, self.submit_link, methods=["POST"])

    @abstractmethod
    async def ask(self, address: Address, onward: Onward, caller: Caller) -> Throttled | None:
        """Have the mail sent."""

    @abstractmethod
    async def email_behind(self, token: str) -> str | None:
        """The address that a link's holder is shown; None for a dead link."""

    @abstractmethod
    async def finish(self, token: str, form: Form, caller: Caller) -> Response | Faults | DeadLink:
        """Use the link, and go on; or say what is wrong with the form."""

    async def show(self, request: Request) -> Response:
        """The form for an address."""
        return await self._form(request, onward_in(parse_query(request)))

    async def submit(self, request: Request) -> Response:
        """Send a mail; the answer is the same whether the address has an account."""
        session, form = await self._people.access.posted(request)
        onward, email, translator = onward_in(form), form.single("email"), translator_for(request)
        address = parse_address(email)
        if address is None:
            return await self._form(request, onward, email, translator.gettext(BAD_EMAIL))
        throttled = await self.ask(address, onward, caller_of(request, session, self._people.server.clock))
        if throttled is None:
            return see_other(f"{self.asking}/sent")
        response = await self._form(request, onward, email, too_often(translator, throttled))
        response.status_code = 429
        response.headers.update(retry_after(throttled))
        return response

    async def show_sent(self, request: Request) -> Response:
        """What happens next, without naming the address: it would stand in a URL."""
        await self._people.access.load_session(request)
        return render(
            request,
            "people/mail_sent.html",
            sent=translator_for(request).gettext(self.sent),
            again=self.asking,
            outbox_page=self._outbox_page,
        )

    async def show_link(self, request: Request) -> Response:
        """A live link shows the form; only its POST spends the link."""
        token = parse_query(request).single("token")
        if token:
            return self._take_in(token)
        held = self._held(request)
        return await self._password_form(request, held) if held else self._not_held(request)

    async def submit_link(self, request: Request) -> Response:
        """Spend the link for what it was sent for."""
        session, form = await self._people.access.posted(request)
        held, caller = self._held(request), caller_of(request, session, self._people.server.clock)
        if not held or form.single("link") != id_of(held):  # another was opened since, in another tab
            return self._not_held(request)
        outcome = await self.finish(held, form, caller)
        if isinstance(outcome, DeadLink):
            return self._dead(request)
        if isinstance(outcome, dict):
            return await self._password_form(request, held, outcome, form)
        self._people.sessions.cookies.holding("").put_on(outcome)
        return outcome

    def _take_in(self, token: str) -> Response:
        """Out of the address and into a cookie, whatever it is worth: nothing is read for it yet.

        Whoever opens links on the way (mail filters) changes nothing: neither the row nor another browser.
        """
        response = RedirectResponse(self.landing, 303, headers=_LEAVES_NO_TRACE)
        self._people.sessions.cookies.holding(token if id_of(token) else _NO_LINK).put_on(response)
        return response

    def _held(self, request: Request) -> str:
        return request.cookies.get(self._people.sessions.cookies.link_name, "")

    async def _form(self, request: Request, onward: Onward, email: str = "", error: str = "") -> Response:
        return await self._people.access.page(
            request,
            lambda _session: render(
                request,
                self.asking_template,
                status=400 if error else 200,
                errors={"email": error} if error else {},
                email=email,
                onward=onward,
                sign_in=with_onward("/login", onward),
            ),
        )

    async def _password_form(
        self, request: Request, token: str, faults: Faults | None = None, form: Form = _EMPTY
    ) -> Response:
        """The page where a link's holder chooses a password; with what was wrong with the last form."""
        email = await self.email_behind(token)
        if email is None:
            return self._dead(request)
        t = translator_for(request)
        errors = {name: t.gettext(text) for name, text in (faults or {}).items()}
        return await self._people.access.page(
            request,
            lambda _session: render(
                request,
                self.landing_template,
                status=400 if errors else 200,
                errors=errors,
                link=id_of(token),
                email=email,
                typed={name: form.single(name) for name in _TYPED},
            ),
        )

    def _dead(self, request: Request) -> Response:
        """The link was used, is too old or was never ours."""
        return render(request, "people/dead_link.html", status=410, again=self.asking)

    def _not_held(self, request: Request) -> Response:
        """Nothing says that the link was not ours; this browser just does not hold it (any more)."""
        return render(request, "people/reopen_link.html", status=410, again=self.asking)
