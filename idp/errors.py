"""The words of the protocol's error codes, for `/errors`: where each `error_uri` leads a developer."""

from foundation.text import N_
from foundation.web.errors import ErrorWords

PROTOCOL_ERRORS = (
    ErrorWords(
        "invalid_client",
        N_("L’application n’a pas pu être authentifiée"),
        N_(
            "Son identifiant, son secret ou sa clé ne convient pas, ou elle n’emploie pas la méthode avec"
            " laquelle elle est enregistrée."
        ),
    ),
    ErrorWords(
        "invalid_grant",
        N_("Ce code ou ce jeton n’est plus valable"),
        N_(
            "Il a expiré, il a déjà servi, il est celui d’une autre application, ou l’autorisation a pris"
            " fin. L’application doit redemander à la personne."
        ),
    ),
    ErrorWords(
        "invalid_dpop_proof",
        N_("La preuve de possession ne convient pas"),
        N_(
            "Elle n’est pas de la bonne clé, ne parle pas de cet appel, est trop ancienne, ou a déjà servi."
            " L’application en fait une nouvelle à chaque appel."
        ),
    ),
    ErrorWords(
        "use_dpop_nonce",
        N_("La preuve de possession doit reprendre notre valeur du moment"),
        N_(
            "Elle est dans l’en-tête DPoP-Nonce de la réponse. L’application refait son appel avec elle, et"
            " la garde pour les suivants."
        ),
    ),
    ErrorWords(
        "invalid_scope",
        N_("Une donnée demandée n’est pas permise"),
        N_(
            "Elle n’existe pas dans le catalogue, l’application n’a pas le droit de la demander, ou la"
            " personne ne l’a pas accordée."
        ),
    ),
    ErrorWords(
        "unauthorized_client",
        N_("L’application n’a pas le droit de faire cela"),
        N_("Elle n’est pas enregistrée pour cette façon d’obtenir un jeton."),
    ),
    ErrorWords(
        "unsupported_grant_type",
        N_("Cette façon d’obtenir un jeton n’existe pas ici"),
        N_("Le document de découverte nomme celles qui existent."),
    ),
    ErrorWords(
        "unsupported_response_type",
        N_("Cette forme de réponse n’existe pas ici"),
        N_("La seule est un code, à échanger ensuite contre des jetons."),
    ),
    ErrorWords(
        "invalid_client_metadata",
        N_("L’enregistrement de l’application ne convient pas"),
        N_("Une de ses valeurs n’est pas permise, ou il y manque une clé. La réponse dit laquelle."),
    ),
    ErrorWords(
        "request_not_supported",
        N_("Les demandes signées ne sont pas prises en charge ici"),
        N_("À cette adresse, l’application envoie chaque paramètre en clair."),
    ),
    ErrorWords(
        "request_uri_not_supported",
        N_("Les demandes données par adresse ne sont pas prises en charge ici"),
        N_("À cette adresse, l’application envoie chaque paramètre en clair."),
    ),
    ErrorWords(
        "invalid_request_object",
        N_("La demande signée de l’application ne peut pas être crue"),
        N_(
            "Sa signature, son destinataire ou sa durée ne convient pas, ou elle contient ce qui n’a pas sa"
            " place. La réponse dit quoi."
        ),
    ),
    ErrorWords(
        "invalid_request_uri",
        N_("Cette demande n’est plus valable, ou n’a jamais été déposée"),
        N_(
            "L’application dépose sa demande auprès d’Accord, puis vous envoie ici : c’est bon une fois, et"
            " peu de temps. Repartez de l’application."
        ),
    ),
    ErrorWords(
        "unmet_authentication_requirements",
        N_("L’application demande une connexion plus sûre que celles qui existent ici"),
        N_("Le document de découverte nomme celles qui existent."),
    ),
    ErrorWords(
        "invalid_target",
        N_("Ce service n’est pas de ceux que nos jetons ouvrent"),
        N_("L’application nomme, dans sa demande, un service que nous ne connaissons pas."),
    ),
    ErrorWords(
        "registration_not_supported",
        N_("Une application ne s’enregistre pas en cours de demande"),
        N_("Elle le fait une fois, avant sa première demande."),
    ),
    ErrorWords(
        "login_required",
        N_("Personne n’est connecté comme l’application le demande"),
        N_("Elle a demandé une réponse sans page, ou attendait quelqu’un d’autre."),
    ),
    ErrorWords(
        "consent_required",
        N_("La personne doit d’abord choisir"),
        N_("L’application a demandé une réponse sans page, mais il reste quelque chose à demander."),
    ),
    ErrorWords(
        "access_denied",
        N_("La personne a refusé"),
        N_("Elle n’a pas accepté de partager. Elle peut changer d’avis en repartant de l’application."),
    ),
    ErrorWords(
        "invalid_authorization_details",
        N_("Le détail de la demande n’est pas permis"),
        N_(
            "L’application a décrit ce qu’elle demande d’une façon que nous ne connaissons pas, ou au-delà de"
            " ce qu’elle peut demander ou a reçu. La réponse nomme ce qui ne va pas."
        ),
    ),
    ErrorWords(
        "invalid_grant_id",
        N_("Cette autorisation n’est pas celle de la personne connectée"),
        N_(
            "L’application a nommé une autorisation qui n’existe pas, qui a pris fin, ou qui vient de"
            " quelqu’un d’autre. Elle peut en demander une nouvelle."
        ),
    ),
    ErrorWords(
        "unknown_grant",
        N_("L’application n’a pas d’autorisation de ce numéro"),
        N_("Elle n’existe pas, elle a pris fin, ou c’est celle d’une autre application."),
    ),
    ErrorWords(
        "missing_token",
        N_("Il manque un jeton d’accès"),
        N_("L’application l’envoie dans l’en-tête Authorization, et nulle part ailleurs."),
    ),
    ErrorWords(
        "invalid_token",
        N_("Ce jeton d’accès n’ouvre rien"),
        N_(
            "Il est inconnu, il a expiré, ou l’accès a été retiré. L’application peut le renouveler, ou"
            " redemander à la personne."
        ),
    ),
    ErrorWords(
        "insufficient_scope",
        N_("Ce jeton n’ouvre pas cette donnée"),
        N_(
            "Elle n’a pas été demandée, ou la personne n’a pas accepté de la partager. La réponse nomme ce"
            " qui manque."
        ),
    ),
    ErrorWords(
        "insufficient_user_authentication",
        N_("Il faut une connexion plus récente"),
        N_(
            "Cette donnée ne se lit qu’après une connexion récente. L’application renvoie la personne se"
            " connecter, avec max_age."
        ),
    ),
    ErrorWords(
        "consent_paused",
        N_("Le partage est en pause"),
        N_(
            "Rien ne se lit tant que la personne ne le reprend pas, dans « Mes applications » ou en se"
            " connectant de nouveau depuis l’application. Les jetons restent valables : inutile de réessayer"
            " d’ici là."
        ),
    ),
    ErrorWords(
        "read_limit_reached",
        N_("L’application a promis de lire moins souvent"),
        N_(
            "La personne a accepté un nombre de lectures par jour, par semaine ou par mois. L’en-tête"
            " Retry-After dit dans combien de secondes la prochaine est permise."
        ),
    ),
    ErrorWords(
        "bad_event_id",
        N_("Ce n’est pas un numéro d’événement"),
        N_("Il a trente-deux caractères, de 0 à 9 et de a à f."),
    ),
    ErrorWords(
        "unknown_event",
        N_("Le journal ne connaît pas cet événement"),
        N_("Son numéro vient d’une réponse, d’un reçu ou de la page d’un événement."),
    ),
    ErrorWords(
        "no_checkpoint_yet",
        N_("Le journal n’a pas encore de tête signée"),
        N_("La première est signée dans les secondes qui suivent le démarrage. Réessayez dans un instant."),
    ),
    ErrorWords(
        "no_such_tile",
        N_("Le journal n’a pas cette tuile"),
        N_("Son adresse est mal écrite, ou le journal signé ne va pas encore jusque-là."),
    ),
    ErrorWords(
        "no_proof_yet",
        N_("Cette preuve n’est pas encore prête"),
        N_("L’événement est écrit ; le journal le signe sous peu. Réessayez dans un instant."),
    ),
)
