"""What is wrong with a receipt, in words, for whoever checks one on our page; and what a check proves.

Of witnesses too, which the browser counts (static/witnesses.js): what cannot be in a policy, who signed.
"""

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
    "wrong_cosignature": N_(
        "La signature de l’un de vos témoins est fausse : la preuve a été changée, ou un autre a signé."
    ),
    "wrong_issuer": N_("Il vient d’un autre serveur que celui-ci. C’est à lui de le vérifier."),
    "wrong_leaf": N_("La ligne du journal jointe n’est pas celle de ce reçu."),
    "wrong_proof": N_("La preuve jointe ne mène pas à notre journal."),
    "wrong_record": N_("Le détail de la décision n’est pas celui dont l’empreinte a été signée."),
    "wrong_typ": N_("C’est signé, mais ce n’est pas un reçu."),
}
# Of the keys, not of the receipt: it is then neither right nor wrong.
UNREAD: Mapping[str, str] = {
    "bad_keys": N_(
        "Les clés données ne se lisent pas. Collez en entier le fichier de clés que vous avez gardé,"
        " ou rechargez cette page pour retrouver les nôtres."
    ),
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
WITNESSED = N_("Autant de vos témoins que vous en demandez ont vu ce journal tel qu’il est ici.")
WITNESSES: Mapping[str, str] = {
    "absent": N_("N’a pas signé"),
    "group": N_("{has} sur {least} demandés par ce groupe"),
    "signed": N_("A signé le {at}"),
    "line": N_("À la ligne {line} de votre politique :"),
}
UNCOUNTED: Mapping[str, str] = {
    "no_proof": N_("Joignez la preuve de la place du reçu : elle porte les signatures des témoins."),
    "policy_count": N_("Un groupe demande « all », « any », ou un nombre entre 1 et celui de ses membres."),
    "policy_key": N_("Cette clé ne se lit pas, ou elle n’est pas du genre voulu ici (Ed25519)."),
    "policy_key_id": N_("L’empreinte dans cette clé n’est pas celle de son nom et de sa clé."),
    "policy_key_twice": N_("Cette clé est déjà plus haut : elle compterait deux fois."),
    "policy_line": N_("Une ligne commence par « log », « witness », « group » ou « quorum »."),
    "policy_member": N_("L’un de ces membres est déjà dans un groupe : il compterait deux fois."),
    "policy_no_quorum": N_(
        "Il manque à votre politique une ligne « quorum » : elle ne dit pas qui doit signer."
    ),
    "policy_parts": N_("Il y a sur cette ligne trop de mots, ou trop peu."),
    "policy_quorum_twice": N_("Il y a déjà une ligne « quorum »."),
    "policy_taken": N_("Ce nom est déjà pris."),
    "policy_text": N_(
        "Une politique est un texte de moins d’un mégaoctet, sans autre caractère de contrôle que la"
        " tabulation."
    ),
    "policy_unknown": N_("Un nom sur cette ligne n’est ni un témoin ni un groupe déjà donné plus haut."),
    "unable": N_(
        "Ce navigateur ne sait pas vérifier leurs signatures (Ed25519) : ce n’est ni un oui, ni un non."
        " Refaites l’essai dans un navigateur plus récent, ou avec la commande « accord receipt verify »."
    ),
    "unknown_log": N_(
        "Votre politique ne nomme pas le journal de cette preuve, ou cette preuve ne porte pas sa signature."
    ),
}
