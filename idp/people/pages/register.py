"""/register and /verify-email: opening an account."""

from starlette.requests import Request
from starlette.responses import Response

from foundation.text import N_
from foundation.web.forms import Form
from idp.people.addresses import Address
from idp.people.ages import plausible, read_day, today
from idp.people.by_mail import Onward
from idp.people.callers import Caller
from idp.people.outcomes import DeadLink, Throttled
from idp.people.pages.by_mail import ByMail, Faults
from idp.people.pages.common import destination, see_other
from idp.people.pages.sign_in import welcome
from idp.people.passwords import Weakness
from idp.people.registration import Registered, ask_to_register, invited, register

_WHICH_DAY = N_("Écrivez le jour où vous aurez 15 ans, comme 15/03/2028, ou décochez la case.")


class RegisterPages(ByMail):
    """Opening an account."""

    asking = "/register"
    asking_template = "people/register.html"
    landing = "/verify-email"
    landing_template = "people/verify_email.html"
    sent = N_(
        "Nous vous avons envoyé un message. Ouvrez son lien pour continuer ; il fonctionne pendant 24 heures."
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

    async def finish(self, token: str, form: Form, caller: Caller) -> Response | Faults | DeadLink:
        """Make the account and sign in."""
        of_age_on = read_day(form.single("fifteen_on")) if form.single("minor") else None
        day = today(caller.now)
        if form.single("minor") and (of_age_on is None or not plausible(of_age_on, day)):
            return {"fifteen_on": _WHICH_DAY}
        outcome = await register(self._people, token, form.single("password"), caller, of_age_on)
        if isinstance(outcome, Registered):
            return welcome(self._people, caller, outcome.session, outcome.onward)
        return {"password": outcome.value} if isinstance(outcome, Weakness) else outcome
