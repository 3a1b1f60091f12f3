"""How these pages say codes: states of a consent, what is wrong with a receipt."""

from collections.abc import Mapping

from foundation.text import N_
from foundation.web.errors import ErrorWords

STATES: Mapping[str, str] = {
    "requested": N_("Une demande vous a été montrée"),
    "given": N_("Vous avez autorisé"),
    "refused": N_("Vous avez refusé"),
    "reconfirmed": N_("Vous avez repris le partage"),
    "amended": N_("Vous avez modifié votre choix"),
    "paused": N_("Partage mis en pause"),
    "withdrawn": N_("Vous avez retiré l’accès"),
    "expired": N_("L’accès est arrivé à son terme"),
    "terminated": N_("L’accès a été arrêté"),
}
# The same for anybody else than her: an auditor, whoever checks a receipt.
STATES_FOR_OTHERS: Mapping[str, str] = {
    "requested": N_("Demande montrée"),
    "given": N_("Autorisation donnée"),
    "refused": N_("Demande refusée"),
    "reconfirmed": N_("Autorisation reprise"),
    "amended": N_("Autorisation modifiée"),
    "paused": N_("Autorisation mise en pause"),
    "withdrawn": N_("Autorisation retirée"),
    "expired": N_("Autorisation arrivée à son terme"),
    "terminated": N_("Autorisation arrêtée par un autre que la personne"),
}
DECISIONS: Mapping[str, tuple[str, str]] = {
    "granted": (N_("Partagé"), "ok"),
    "refused": (N_("Refusé"), "none"),
    "asked": (N_("Demandé"), "none"),
}
ERRORS = (
    ErrorWords(
        "notice_not_kept",
        N_("Cette page n’a pas été gardée"),
        N_("Cette décision date d’avant que les pages soient gardées. Le reçu, lui, reste valable."),
        N_("Voir mes reçus"),
        "/account/receipts",
    ),
    ErrorWords(
        "unknown_notice",
        N_("Nous n’avons pas de page sous cette empreinte"),
        N_("Vérifiez l’adresse : elle doit être copiée en entier depuis le reçu."),
    ),
)
