"""The e-mails: what each says, and its two forms (text and HTML) in the reader's language."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from foundation.text import N_
from foundation.web.i18n import Catalogues, Translator

_FOLDER = Path(__file__).parent / "templates"


class Words(NamedTuple):
    """What a mail says. French msgids; `%(moment)s` stands for the mail's date. action: label of its link."""

    subject: str
    before: tuple[str, ...]
    action: str
    after: tuple[str, ...]


MAILS = {
    "register": Words(
        N_("Confirmez votre adresse e-mail"),
        (
            N_("Quelqu’un, sans doute vous, crée un compte Accord avec cette adresse."),
            N_("Ouvrez ce lien pour la confirmer et choisir votre mot de passe."),
        ),
        N_("Choisir mon mot de passe"),
        (
            N_("Le lien fonctionne une seule fois, pendant 24 heures."),
            N_("Ce n’était pas vous ? Ignorez ce message, aucun compte ne sera créé."),
        ),
    ),
    "exists": Words(
        N_("Vous avez déjà un compte Accord"),
        (
            N_("Quelqu’un, sans doute vous, a voulu créer un compte Accord avec cette adresse."),
            N_("Vous en avez déjà un. Connectez-vous avec votre mot de passe habituel."),
        ),
        N_("Me connecter"),
        (
            N_("Mot de passe oublié ? La page de connexion permet d’en choisir un autre."),
            N_("Ce n’était pas vous ? Ignorez ce message, rien n’a changé."),
        ),
    ),
    "reset": Words(
        N_("Choisissez un nouveau mot de passe"),
        (N_("Vous avez demandé à changer le mot de passe de votre compte Accord."),),
        N_("Choisir un nouveau mot de passe"),
        (
            N_("Le lien fonctionne une seule fois, pendant une heure."),
            N_("Ce n’était pas vous ? Ignorez ce message, votre mot de passe reste le même."),
        ),
    ),
    "parent-asked": Words(
        N_("Votre enfant vous demande votre accord"),
        (
            N_(
                "Un enfant de moins de 15 ans voudrait partager des informations de son compte Accord avec"
                " une application, et donne votre adresse comme celle d’un parent."
            ),
            N_(
                "Ouvrez ce lien et connectez-vous à votre propre compte, avec cette adresse,"
                " pour lire et répondre."
            ),
        ),
        N_("Lire et répondre"),
        (
            N_(
                "Pas encore de compte ? Créez-le avec cette adresse, puis rouvrez ce lien."
                " Il fonctionne 24 heures."
            ),
            N_("Cela ne vous dit rien ? Ignorez ce message : sans votre réponse, rien n’est partagé."),
        ),
    ),
    "declaration-approved": Words(
        N_("Votre demande est approuvée"),
        (N_("Un administrateur d’Accord a approuvé ce que votre application demande désormais."),),
        N_("Voir mon application"),
        (N_("Les personnes déjà d’accord seront interrogées sur ce qui change, et sur rien d’autre."),),
    ),
    "declaration-refused": Words(
        N_("Votre demande n’est pas approuvée"),
        (
            N_("Un administrateur d’Accord a répondu à votre demande, avec une raison."),
            N_("En attendant, votre application demande comme avant."),
        ),
        N_("Lire la raison"),
        (N_("Vous pouvez corriger votre demande et la renvoyer."),),
    ),
    "password-changed": Words(
        N_("Votre mot de passe a changé"),
        (
            N_("Le mot de passe de votre compte Accord a été changé le %(moment)s."),
            N_("Vos autres appareils ont été déconnectés."),
        ),
        N_("Ce n’était pas moi"),
        (N_("Si c’était vous, vous n’avez rien à faire."),),
    ),
}

_STRANGER = (
    N_(
        "Quelqu’un, sans doute vous, s’est connecté à votre compte Accord le %(moment)s, depuis un"
        " navigateur que nous ne reconnaissons pas."
    ),
)
MAILS["new-device-unnamed"] = Words(
    N_("Nouvelle connexion à votre compte Accord"),
    _STRANGER,
    MAILS["password-changed"].action,
    (
        *MAILS["password-changed"].after,
        N_(
            "Ce n’était pas vous ? Choisissez sans attendre un nouveau mot de passe : tous les appareils"
            " connectés à votre compte seront déconnectés."
        ),
    ),
)
# What a browser calls itself proves nothing, but helps her to remember.
MAILS["new-device"] = MAILS["new-device-unnamed"]._replace(
    before=(*_STRANGER, N_("Ce navigateur dit être : %(agent)s."))
)


MAILS["erased"] = Words(
    N_("Votre compte Accord est effacé"),
    (
        N_("Votre compte, votre profil et tout ce que vous y aviez écrit ont été effacés."),
        N_(
            "Plus aucune application ne peut lire quoi que ce soit de vous. Nous ne pouvons pas revenir"
            " en arrière."
        ),
    ),
    N_("Vérifier que c’est fait"),
    (
        N_(
            "Ce n’était pas vous ? Répondez à ce message sans attendre : c’est le dernier que vous"
            " recevrez de nous."
        ),
    ),
)
MAILS["erased-evidence"] = Words(
    MAILS["erased"].subject,
    (
        *MAILS["erased"].before,
        N_(
            "Une seule chose reste, mise sous clé à part : la preuve de vos anciens accords, sans aucune"
            " donnée de votre profil. La loi nous permet de la garder pour répondre à une réclamation."
            " Elle sera détruite au plus tard le %(moment)s."
        ),
    ),
    MAILS["erased"].action,
    MAILS["erased"].after,
)


# Other rooms add theirs when the application is put together.
ALL_MAILS: dict[str, Words] = dict(MAILS)


class Written(NamedTuple):
    """A mail in words, ready to send."""

    subject: str
    text: str
    html: str


class MailWriter:
    """Writes mails, outside any request, in the language that each was queued in."""

    def __init__(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues
        self._environments: dict[str, Environment] = {}

    def write(self, template: str, locale: str, data: Mapping[str, Any]) -> Written:
        """The mail of a template's name. data: link (an absolute URL), and what the words say.

        An integer among it is a moment (microseconds), told in her language and by whose hour, as a mail
        is read anywhere and no browser has said where; `at` is said as `moment`.

        Raises KeyError for a template that does not exist.
        """
        words = ALL_MAILS[template]
        translator = self._catalogues.translator(locale)
        environment = self._environment(translator)
        fill = {name: _moment(at, translator) if isinstance(at, int) else at for name, at in data.items()}
        fill["moment"] = fill.get("at", "")
        said = {
            "subject": translator.gettext(words.subject) % fill,
            "before": [translator.gettext(line) % fill for line in words.before],
            "action": translator.gettext(words.action),
            "after": [translator.gettext(line) for line in words.after],
            "link": data["link"],
            "language": translator.language,
        }
        text = environment.get_template("mail.txt").render(said)
        html = environment.get_template("mail.html").render(said)
        return Written(said["subject"], text, html)

    def _environment(self, translator: Translator) -> Environment:
        made = self._environments.get(translator.tag)
        if made is None:
            made = self._environments[translator.tag] = Environment(
                loader=FileSystemLoader(_FOLDER),
                autoescape=select_autoescape(["html"], default=False),
                undefined=StrictUndefined,
                trim_blocks=True,
                lstrip_blocks=True,
                auto_reload=False,
                extensions=["jinja2.ext.i18n"],
            )
            made.install_gettext_callables(  # type: ignore[attr-defined]  # the i18n extension adds it
                translator.gettext, translator.ngettext, newstyle=True
            )
        return made


def _moment(at: int, t: Translator) -> str:
    said = N_("%(moment)s (heure de %(place)s)")
    return t.gettext(said) % {"moment": t.moment(at), "place": t.dates.place()}
