"""What the mails about consent say. French msgids; see idp/people/mails.py for how they are filled.

`%(app)s`: the app's name; `%(moment)s`: when it happened; `%(until)s`: when the access ends.
"""

from collections.abc import Mapping

from foundation.text import N_
from idp.people.mails import Words

_ANY_TIME = N_("Vous pouvez changer d’avis à tout moment : l’effet est immédiat.")
_NOT_YOU = N_(
    "Ce n’était pas vous ? Retirez l’accès depuis « Mes applications », puis changez votre mot de passe."
)
_RECEIPT = N_("Voir mon reçu")
_KEPT = N_(
    "Ce que l’application avait déjà lu, elle peut encore le garder comme elle l’a annoncé. Vous pouvez lui"
    " demander de tout effacer."
)
_FEWER = N_("Vous ne voulez plus de ces rappels ? Ouvrez « Mes e-mails » dans votre compte.")

CONSENT_MAILS: Mapping[str, Words] = {
    "consent-given": Words(
        N_("Vous partagez une partie de votre profil avec %(app)s"),
        (
            N_("Le %(moment)s, vous avez accepté que %(app)s lise une partie de votre profil."),
            N_("Cet accès se termine de lui-même le %(until)s."),
        ),
        _RECEIPT,
        (_ANY_TIME, _NOT_YOU),
    ),
    "consent-given-once": Words(
        N_("Vous avez partagé une partie de votre profil avec %(app)s, une seule fois"),
        (
            N_("Le %(moment)s, vous avez accepté que %(app)s lise une partie de votre profil, une fois."),
            N_("Cet accès se termine avec cette connexion : vous n’avez rien à faire."),
        ),
        _RECEIPT,
        (_NOT_YOU,),
    ),
    "consent-widened": Words(
        N_("%(app)s peut lire davantage de votre profil"),
        (N_("Le %(moment)s, vous avez accepté de partager davantage avec %(app)s."),),
        _RECEIPT,
        (_ANY_TIME, _NOT_YOU),
    ),
    "consent-revoked": Words(
        N_("%(app)s ne lit plus rien de vous"),
        (N_("L’accès de %(app)s à votre profil est coupé depuis le %(moment)s."), _KEPT),
        _RECEIPT,
        (N_("Rien ne change pour vos allocations ni pour votre accompagnement."),),
    ),
    "consent-expired": Words(
        N_("L’accès de %(app)s est arrivé à son terme"),
        (N_("Depuis le %(until)s, %(app)s ne lit plus rien de votre profil."), _KEPT),
        _RECEIPT,
        (N_("Si vous voulez continuer, l’application vous le redemandera."),),
    ),
    "consent-paused-unused": Words(
        N_("L’accès de %(app)s est en pause"),
        (
            N_("%(app)s n’a rien lu de votre profil depuis trois mois."),
            N_(
                "Par prudence, l’application ne peut plus rien lire tant que vous ne reprenez pas le partage."
            ),
        ),
        N_("Reprendre ou retirer l’accès"),
        (N_("Vous n’en avez plus besoin ? Retirez l’accès : c’est plus sûr."),),
    ),
    "consent-unused": Words(
        N_("%(app)s ne lit pas tout ce que vous partagez"),
        (
            N_("Depuis deux mois, %(app)s n’a pas lu une partie de ce que vous lui permettez de lire."),
            N_("Vous pouvez retirer en un geste ce qui ne sert pas. Le reste ne change pas."),
        ),
        N_("Voir ce qui ne sert pas"),
        (N_("Après trois mois sans aucune lecture, nous mettons l’accès en pause."), _FEWER),
    ),
    "consent-ends": Words(
        N_("L’accès de %(app)s se termine bientôt"),
        (N_("L’accès de %(app)s à une partie de votre profil se termine le %(until)s."),),
        N_("Voir cet accès"),
        (
            N_("Vous n’avez rien à faire. Si vous voulez continuer, l’application vous le redemandera."),
            _FEWER,
        ),
    ),
    "consent-reminder": Words(
        N_("Ce que vous partagez avec Accord"),
        (
            N_("Tous les trois mois, nous vous rappelons que des applications peuvent lire votre profil."),
            N_("Regardez lesquelles, et ce qu’elles ont vraiment lu."),
        ),
        N_("Voir mes applications"),
        (_ANY_TIME, _FEWER),
    ),
    "dispute-answered": Words(
        N_("Nous avons répondu à votre signalement"),
        (N_("Vous aviez signalé un accès de %(app)s que vous ne reconnaissiez pas."),),
        N_("Lire la réponse"),
        (),
    ),
    "dispute-closed": Words(
        N_("Votre signalement est clos"),
        (N_("Il portait sur un accès de %(app)s. Il est clos depuis le %(moment)s."),),
        N_("Revoir mes signalements"),
        (),
    ),
}
