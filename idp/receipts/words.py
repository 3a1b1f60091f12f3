"""What is wrong with a receipt, in words, for whoever checks one on our page; and what a check proves."""

from collections.abc import Mapping

from foundation.text import N_

WRONG: Mapping[str, str] = {
    "altered_words": N_(
        "Ce que le fichier dit en clair n’est pas ce qui a été signé. Ne vous fiez qu’à la partie signée."
    ),
    "bad_signature": N_(
        "La signature ne correspond pas : quelque chose a été changé depuis, ou un autre l’a signé."
    ),
    "key_out_of_time": N_("La clé qui l’a signé ne servait pas à cette date."),
    "key_revoked": N_(
        "La clé qui l’a signé a été révoquée : il ne vaut qu’avec la preuve de sa place dans le journal."
    ),
    "nothing": N_("Collez le reçu signé, ou le contenu du fichier que vous avez téléchargé."),
    "not_a_receipt": N_("Ce n’est pas un reçu signé d’Accord, ou il en manque un morceau."),
    "not_canonical": N_("Le contenu n’est pas écrit comme nous l’écrivons : il a été refait."),
    "not_signed": N_("Il n’est pas encore signé : téléchargez-le à nouveau dans un instant."),
    "too_long": N_("C’est trop long pour un reçu."),
    "unknown_key": N_("Il est signé par une clé qui n’est pas la nôtre."),
    "wrong_algorithm": N_("Il n’est pas signé comme nos reçus le sont."),
    "wrong_issuer": N_("Il vient d’un autre serveur que celui-ci. C’est à lui de le vérifier."),
    "wrong_leaf": N_("La ligne du journal jointe n’est pas celle de ce reçu."),
    "wrong_proof": N_("La preuve jointe ne mène pas à notre journal."),
    "wrong_record": N_("Le détail de la décision n’est pas celui dont l’empreinte a été signée."),
    "wrong_typ": N_("C’est signé, mais ce n’est pas un reçu."),
}
PROVED: Mapping[str, str] = {
    "signed": N_("Ce reçu a été signé par Accord, et pas un caractère n’a changé depuis."),
    "issuer": N_("Il vient bien de ce serveur."),
    "in_words": N_("Ce que le fichier dit en clair est ce qui a été signé."),
    "leaf": N_("La ligne du journal jointe est bien la sienne, et nomme cette décision."),
    "logged": N_(
        "Sa place dans notre journal est prouvée : elle ne peut plus être retirée sans que cela se voie."
    ),
    "promised": N_(
        "La même signature promet sa place dans notre journal, et pour quand la preuve en sera donnée."
    ),
}
