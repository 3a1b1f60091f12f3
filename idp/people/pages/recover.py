"""/password/forgot and /password/reset: a forgotten password."""

from starlette.responses import Response

from foundation.text import N_
from foundation.web.forms import Form
from idp.people.addresses import Address
from idp.people.by_mail import Onward
from idp.people.callers import Caller
from idp.people.outcomes import DeadLink, Throttled
from idp.people.pages.by_mail import ByMail, Faults
from idp.people.pages.common import see_other
from idp.people.passwords import Weakness
from idp.people.recovery import ask_to_reset, holder_of_link, reset


class RecoverPages(ByMail):
    """A forgotten password."""

    asking = "/password/forgot"
    asking_template = "people/forgot.html"
    landing = "/password/reset"
    landing_template = "people/reset.html"
    sent = N_(
        "Si un compte existe avec cette adresse, un lien vient d’y être envoyé."
        " Il fonctionne pendant une heure."
    )

    async def ask(self, address: Address, onward: Onward, caller: Caller) -> Throttled | None:
        return await ask_to_reset(self._people, address, onward, caller)

    async def email_behind(self, token: str) -> str | None:
        holder = await holder_of_link(self._people, token, self._people.server.clock.now())
        return None if holder is None else holder.email

    async def finish(self, token: str, form: Form, caller: Caller) -> Response | Faults | DeadLink:
        """Store the new password; she signs in with it."""
        outcome = await reset(self._people, token, form.single("password"), caller)
        if isinstance(outcome, Weakness):
            return {"password": outcome.value}
        if isinstance(outcome, DeadLink):
            return outcome
        pending = f"&request={outcome.onward.request_id}" if outcome.onward.request_id else ""
        response = see_other(f"/login?notice=password-reset{pending}")
        self._people.devices.remembering(caller, outcome.mark).put_on(response)
        if caller.session.signed_in:  # that session has just ended with the others
            self._people.sessions.cookies.removal().put_on(response)
        return response
