"""The words for events, decisions and errors, for people who never heard of a token."""

from collections.abc import Mapping
from typing import NamedTuple

from foundation.text import N_
from foundation.web.errors import ErrorWords

KINDS: Mapping[str, str] = {
    "given": N_("Vous avez accepté"),
    "amended": N_("Vous avez modifié votre choix"),
    "revoked": N_("L’accès a été retiré"),
    "expired": N_("L’accès est arrivé à son terme"),
    "paused": N_("Partage mis en pause"),
    "resumed": N_("Vous avez repris le partage"),
}


class EventWords(NamedTuple):
    """An event in a person's history. drawing: of kit/parts.html."""

    text: str
    drawing: str


_PERSON: Mapping[str, EventWords] = {
    "consent.asked": EventWords(N_("Demande affichée"), "info"),
    "consent.given": EventWords(N_("Vous avez accepté de partager"), "ok"),
    "consent.refused": EventWords(N_("Vous avez refusé un changement"), "stop"),
    "consent.amended": EventWords(N_("Vous avez modifié ce que vous partagez"), "edit"),
    "consent.revoked": EventWords(N_("Accès retiré"), "stop"),
    "consent.expired": EventWords(N_("Accès arrivé à son terme"), "clock"),
    "consent.paused": EventWords(N_("Partage mis en pause"), "clock"),
    "consent.reopened": EventWords(N_("Vous voulez qu’on vous redemande ce que vous aviez refusé"), "edit"),
    "consent.resumed": EventWords(N_("Vous avez repris le partage"), "ok"),
    "parent.asked": EventWords(N_("Vous avez demandé à un parent"), "person"),
    "parent.answered": EventWords(N_("Votre parent a répondu"), "person"),
    "parent.ended": EventWords(N_("Votre parent a retiré son accord"), "stop"),
    "data.read": EventWords(N_("Lecture"), "eye"),
    "data.written": EventWords(N_("Ajout à votre profil par l’application"), "add"),
    "data.limited": EventWords(
        N_("Lecture refusée : l’application avait promis de lire moins souvent"), "stop"
    ),
    "code.issued": EventWords(N_("Passage par Accord pour vous connecter"), "person"),
    "polled.approved": EventWords(
        N_("Vous avez laissé continuer une application, sur un autre écran"), "person"
    ),
    "code.redeemed": EventWords(N_("Connexion à l’application"), "person"),
    "code.replayed": EventWords(N_("Connexion déjà utilisée, présentée une seconde fois : bloquée"), "warn"),
    "token.issued": EventWords(N_("Accès technique ouvert à l’application"), "lock"),
    "token.refreshed": EventWords(N_("L’application a prolongé son accès technique"), "lock"),
    "token.exchanged": EventWords(
        N_("L’application agit pour une autre, que vous avez aussi autorisée"), "lock"
    ),
    "token.reused": EventWords(N_("Accès technique déjà remplacé, présenté de nouveau : bloqué"), "warn"),
    "token.revoked": EventWords(N_("L’application a rendu son accès technique"), "lock"),
    "grant.queried": EventWords(N_("L’application a vérifié ce que vous partagez"), "info"),
    "grant.renewed": EventWords(N_("L’application a renouvelé son accès technique"), "lock"),
    "partner.told": EventWords(N_("L’application a été prévenue"), "ok"),
    "partner.refused_signal": EventWords(N_("L’application a refusé d’être prévenue"), "warn"),
    "partner.not_told": EventWords(N_("L’application n’a pas pu être prévenue"), "warn"),
    "erasure.requested": EventWords(N_("Effacement demandé à l’application"), "info"),
    "erasure.attested": EventWords(N_("L’application déclare avoir effacé vos données"), "ok"),
}
# A read of the list of what may be read: no value of hers leaves.
LISTED = EventWords(N_("L’application a demandé ce qu’elle peut lire"), "info")
_OTHERWISE = EventWords(N_("Opération technique"), "info")

# What an auditor reads beside the type's own name.
AUDITOR_EVENTS: Mapping[str, str] = {
    "consent.asked": N_("Demande affichée"),
    "consent.given": N_("Autorisation donnée"),
    "consent.refused": N_("Refus"),
    "consent.amended": N_("Autorisation modifiée"),
    "consent.revoked": N_("Autorisation retirée"),
    "consent.expired": N_("Autorisation expirée"),
    "consent.paused": N_("Autorisation mise en pause"),
    "consent.resumed": N_("Autorisation reprise"),
    "consent.reopened": N_("Refus oubliés à la demande de la personne"),
    "parent.asked": N_("Parent sollicité"),
    "parent.answered": N_("Réponse d’un parent"),
    "parent.ended": N_("Accord d’un parent retiré"),
    "data.read": N_("Lecture"),
    "data.written": N_("Ajout au profil"),
    "data.limited": N_("Lecture refusée : fréquence promise dépassée"),
    "code.issued": N_("Code émis"),
    "polled.approved": N_("Demande d’un autre écran acceptée"),
    "polled.refused": N_("Demande d’un autre écran refusée"),
    "backchannel.asked": N_("Demande envoyée à une personne à distance"),
    "backchannel.told": N_("Demande à distance montrée à la personne"),
    "backchannel.held": N_("Demande à distance retenue"),
    "backchannel.blocked": N_("Demandes d’une application bloquées"),
    "backchannel.unblocked": N_("Demandes d’une application permises de nouveau"),
    "code.redeemed": N_("Code échangé"),
    "code.replayed": N_("Code rejoué"),
    "token.issued": N_("Jeton émis"),
    "token.refreshed": N_("Jeton renouvelé"),
    "token.exchanged": N_("Jeton échangé"),
    "token.reused": N_("Jeton réutilisé"),
    "token.revoked": N_("Jeton révoqué"),
    "grant.queried": N_("Autorisation consultée par l’application"),
    "grant.renewed": N_("Jetons remplacés"),
    "partner.told": N_("Application prévenue"),
    "partner.refused_signal": N_("Événement refusé par l’application"),
    "partner.not_told": N_("Application jamais prévenue"),
    "erasure.requested": N_("Effacement demandé"),
    "erasure.attested": N_("Effacement déclaré"),
    "signals.configured": N_("Livraison modifiée"),
    "signals.replayed": N_("Événements renvoyés"),
    "login.succeeded": N_("Connexion réussie"),
    "login.failed": N_("Connexion échouée"),
    "session.ended": N_("Session fermée"),
    "logout.delivered": N_("Application prévenue de la déconnexion"),
    "logout.failed": N_("Application non prévenue de la déconnexion"),
    "account.locked": N_("Compte bloqué"),
    "account.created": N_("Compte créé"),
    "account.password_changed": N_("Mot de passe changé"),
    "account.password_reset": N_("Mot de passe réinitialisé"),
    "account.mails_chosen": N_("Choix des e-mails"),
    "profile.imported": N_("CV importé"),
    "data.exported": N_("Données emportées par la personne"),
    "person.erased": N_("Compte effacé"),
    "dispute.opened": N_("Accès signalé"),
    "dispute.read": N_("Signalement lu"),
    "dispute.answered": N_("Signalement : réponse"),
    "dispute.closed": N_("Signalement clos"),
    "evidence.opened": N_("Preuve d’un accord passé ouverte"),
    "evidence.destroyed": N_("Preuve d’un accord passé détruite"),
    "register.exported": N_("Registre des traitements exporté"),
    "breach.queried": N_("Violation : personnes comptées"),
    "breach.queried_by_operator": N_("Violation : personnes comptées par l’exploitant"),
    "breach.listed": N_("Violation : liste obtenue"),
    "client.registered": N_("Application inscrite"),
    "client.suspended": N_("Application suspendue"),
    "client.updated": N_("Application mise à jour par elle-même"),
    "client.deleted": N_("Application supprimée par elle-même"),
    "client.changed": N_("Fiche publiée de l’application changée"),
    "client.resumed": N_("Application rétablie"),
    "client.requests_set": N_("Façon de demander réglée"),
    "registration.token_made": N_("Jeton d’enregistrement créé"),
    "registration.token_revoked": N_("Jeton d’enregistrement révoqué"),
    "declaration.submitted": N_("Déclaration envoyée"),
    "declaration.withdrawn": N_("Déclaration retirée"),
    "declaration.approved": N_("Déclaration approuvée"),
    "declaration.refused": N_("Déclaration refusée"),
    "key.staged": N_("Clé annoncée"),
    "key.activated": N_("Clé activée"),
    "key.retired": N_("Clé retirée"),
    "log.opened": N_("Journal ouvert"),
    "log.retired": N_("Mois du journal retiré"),
    "key.revoked": N_("Clé révoquée"),
    "key.resealed": N_("Clé maîtresse changée"),
    "key.archived": N_("Clé des reçus archivée"),
    "auditor.searched": N_("Recherche d’un auditeur"),
    "auditor.exported": N_("Export d’un auditeur"),
    "auditor.view_saved": N_("Recherche gardée"),
    "auditor.view_deleted": N_("Recherche gardée supprimée"),
    "unmask.requested": N_("Identité demandée"),
    "unmask.approved": N_("Identité : demande approuvée"),
    "unmask.refused": N_("Identité : demande refusée"),
    "unmask.looked": N_("Identité regardée"),
    "unmask.expired": N_("Identité : demande terminée"),
    "unmask.told": N_("Personne prévenue du regard"),
}
OUTCOMES: Mapping[str, str] = {
    "success": N_("Réussite"),
    "refused": N_("Refus"),
    "failed": N_("Échec"),
}

ERRORS = (
    ErrorWords(
        "invalid_choice",
        N_("Ce choix n’était pas proposé"),
        N_("Rien n’a été enregistré. Revenez à la page de partage et recommencez."),
    ),
    ErrorWords(
        "profile_changed",
        N_("Cette partie de votre profil a changé entre-temps"),
        N_("Rien n’a été enregistré. Regardez-la de nouveau, puis recommencez."),
        N_("Voir mon profil"),
        "/account",
    ),
    ErrorWords(
        "invalid_profile",
        N_("Cette information n’a pas la forme attendue"),
        N_("La réponse technique dit laquelle, et pourquoi. Rien n’a été enregistré."),
    ),
    ErrorWords(
        "too_many_added",
        N_("L’application a déjà ajouté beaucoup de compétences"),
        N_("Une application n’en ajoute que 50 à un profil. Rien n’a été enregistré."),
    ),
    ErrorWords(
        "unknown_item",
        N_("Cet élément n’est plus dans votre profil"),
        N_("Vous l’avez peut-être retiré dans un autre onglet."),
        N_("Voir mon profil"),
        "/account",
    ),
    ErrorWords(
        "bad_cursor",
        N_("Ce lien de page est abîmé"),
        N_("Reprenez la liste depuis le début."),
    ),
    ErrorWords(
        "event_retired",
        N_("Cet événement a été retiré du journal"),
        N_(
            "Sa durée de conservation est passée : ce qu’il disait est parti avec les autres de son mois."
            " Sa preuve reste : un reçu se vérifie toujours."
        ),
    ),
    ErrorWords(
        "ledger_lagging",
        N_("Le journal de preuve a pris du retard"),
        N_(
            "Par sécurité, rien de nouveau n’est partagé tant qu’il n’est pas à jour."
            " Réessayez dans un instant."
        ),
    ),
)


def event_words(event: str) -> EventWords:
    """What a person reads of an event in her history."""
    return _PERSON.get(event, _OTHERWISE)
