"""/register and /verify-email: opening an account."""

from starlette.requests import Request
from starlette.responses import Response

from foundation.text import N_
from idp.people.addresses import Address
from idp.people.by_mail import Onward
from idp.people.callers import Caller
from idp.people.outcomes import DeadLink, Throttled
from idp.people.pages.by_mail import ByMail
from idp.people.pages.common import destination, see_other
from idp.people.pages.sign_in import welcome
from idp.people.passwords import Weakness
from idp.people.registration import Registered, ask_to_register, invited, register


class RegisterPages(ByMail):
    """Opening an account."""

    asking = "/register"
    asking_template = "people/register.html"
    landing = "/verify-email"
    landing_template = "people/verify_email.html"
    sent = N_(
        "Nous vous avons envoyé un message. Ouvrez son lien pour continuer ; il fonctionne pendant 24 heures."
    )

    async def show(self, request: Request) -> Response:
        """The form; someone signed in has an account."""
        session = await self._people.access.load_session(request)
        if session is not None and session.signed_in:
            return see_other(destination(session.role, Onward()))
        return await super().show(request)

    async def ask(self, address: Address, onward: Onward, caller: Caller) -> Throttled | None:
        return await ask_to_register(self._people, address, onward, caller)

    async def email_behind(self, token: str) -> str | None:
        address = await invited(self._people, token, self._people.server.clock.now())
        return None if address is None else address.text

    async def finish(self, token: str, password: str, caller: Caller) -> Response | Weakness | DeadLink:
        """Make the account and sign in."""
        outcome = await register(self._people, token, password, caller)
        if isinstance(outcome, Registered):
            return welcome(self._people, outcome.session, outcome.onward)
        return outcome
