"""What the mail about a request says. See idp/people/mails.py for how it is filled."""

from collections.abc import Mapping

from foundation.text import N_
from idp.ciba.finding import MAIL
from idp.people.mails import Words

MAILS: Mapping[str, Words] = {
    MAIL: Words(
        N_("%(app)s attend votre réponse"),
        (
            N_("%(app)s voudrait lire une partie de votre profil, et vous demande votre accord."),
            N_("Vous avez jusqu’au %(until)s pour répondre. Sans réponse, rien n’est partagé."),
        ),
        N_("Voir la demande"),
        (
            N_(
                "Vous n’êtes pas avec un conseiller en ce moment, ou rien ne vous a été annoncé ? Refusez :"
                " cela ne change rien à vos droits."
            ),
            N_("Vous pouvez aussi choisir, sur la même page, de ne plus recevoir de demandes d’elle."),
        ),
    ),
}
