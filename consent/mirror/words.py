"""What datasets, fields and the mirror's findings are called."""

from consent.catalogue import CATALOGUE
from consent.profile.fields import DATASETS
from foundation.text import N_
from foundation.web.i18n import Translator

# Claims of userinfo (OpenID Connect Core section 5.1) that are no field of the identity dataset.
_CLAIMS = {
    "sub": N_("Identifiant propre à cette application"),
    "name": N_("Prénom et nom"),
    "email": N_("Adresse e-mail du compte"),
    "email_verified": N_("Adresse e-mail confirmée"),
}
_LABELS = {
    (dataset.name, field.name): field.label for dataset in DATASETS.values() for field in dataset.fields
}
_SCOPES = {scope.dataset.name: scope for scope in CATALOGUE.values() if scope.dataset is not None}


def dataset_label(name: str, t: Translator) -> str:
    """A dataset as the consent screen names it; one that no longer exists, as it is."""
    scope = _SCOPES.get(name)
    return name if scope is None else t.gettext(scope.label)


def field_label(dataset: str, name: str, t: Translator) -> str:
    """A field of a dataset; one that no longer exists, as it is."""
    label = _LABELS.get((dataset, name)) or (_CLAIMS.get(name) if dataset == "identity" else None)
    return name if label is None else t.gettext(label)


def order_of(dataset: str) -> int:
    """Where a dataset stands on the consent screen."""
    return _ORDER.get(dataset, len(_ORDER))


_ORDER = {name: place for place, name in enumerate(_SCOPES)}
