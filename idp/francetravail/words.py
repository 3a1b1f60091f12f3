"""The words of this face for scopes, and what each means in Accord's catalogue.

Data are asked by two words together, that of an API ("technical") and that of what is read of it
("functional"): one line of the consent screen. One of the two alone opens nothing. Other words open nothing
either: `application_<client_id>`, `qos_<tier>_<api>` (a quota), and those of APIs that Accord does not have.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from consent.catalogue import OFFLINE

# Of an API, the functional words and what they mean.
APIS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "api_peconnect-individuv1": {"openid": "openid", "profile": "profile", "email": "email"},
        "api_peconnect-coordonneesv1": {"coordonnees": "contact"},
        "api_peconnect-datenaissancev1": {"datenaissance": "birthdate"},
        "api_peconnect-statutv1": {"statut": "status"},
        "api_peconnect-competencesv2": {
            "pfccompetences": "skills",
            "pfclangues": "languages",
            "pfccentresinteret": "interests",
        },
        "api_peconnect-experiencesv1": {"pfcexperiences": "experiences"},
        # One n in "professionelles": so it is written there.
        "api_peconnect-experiencesprofessionellesdeclareesparlemployeurv1": {
            "passeprofessionnel": "contracts"
        },
        "api_peconnect-formationsv1": {"pfcformations": "trainings", "pfcpermis": "licences"},
        "api_peconnect-metiersrecherchesv1": {"cpmetiers": "job_targets"},
        "api_peconnect-competencesv1": {"competences": "job_targets"},  # its codes are those of jobs
        "api_peconnect-indemnisationsv1": {"indemnisation": "benefits"},
        "api_peconnect-detailindemnisationsv1": {"detailindemnisation": "benefits"},
        "api_peconnect-conseillersv1": {"individu": "advisers"},
        "api_peconnect-gestion-profilcompetencesv1": {"portefeuillecompetencesW": "skills:write"},
    }
)
MEANINGS: Mapping[str, str] = MappingProxyType(
    {word: scope for words in APIS.values() for word, scope in words.items()}
)
API_OF: Mapping[str, str] = MappingProxyType({word: api for api, words in APIS.items() for word in words})
# Claims of the sign-in itself: they stand without the word of an API, as in OpenID Connect.
_CLAIMS = frozenset({"openid", "profile", "email"})
_API = re.compile(r"api_[a-z0-9-]{1,90}v[0-9]{1,2}", re.ASCII)
_APPLICATION = re.compile(r"application_[A-Za-z0-9_.-]{1,200}", re.ASCII)
_QOS = re.compile(r"qos_(silver|gold)_[a-z0-9-]{1,90}v[0-9]{1,2}", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,100}", re.ASCII)


class Understood(NamedTuple):
    """What a list of words says.

    scopes: in the catalogue's words, each once. strange: words that mean nothing here or anywhere. quotas:
    the `qos_` words.
    """

    scopes: tuple[str, ...]
    strange: tuple[str, ...]
    quotas: tuple[str, ...]


def understand(words: Iterable[str]) -> Understood:
    """The meaning of the words an app asks.

    A word that we do not know may belong to an API that we do not have, when one is asked: then it opens
    nothing, as it would mean nothing to refuse a whole sign-in for it.
    """
    asked = tuple(dict.fromkeys(words))
    elsewhere = any(_API.fullmatch(word) and word not in APIS for word in asked)
    strange = [word for word in asked if not _is_known(word) and not (elsewhere and _WORD.fullmatch(word))]
    return Understood(
        scopes=scopes_of(asked),
        strange=tuple(strange),
        quotas=tuple(word for word in asked if is_quota(word)),
    )


def _is_known(word: str) -> bool:
    return word in MEANINGS or any(shape.fullmatch(word) for shape in (_API, _APPLICATION, _QOS))


def is_quota(word: str) -> bool:
    """Whether it asks for a larger quota."""
    return _QOS.fullmatch(word) is not None


def scopes_of(words: Iterable[str]) -> tuple[str, ...]:
    """The catalogue's scopes that these words open, each once, in their order."""
    said = tuple(words)
    whole = (MEANINGS[word] for word in said if word in _CLAIMS or API_OF.get(word) in said)
    return tuple(dict.fromkeys(whole))


def meanings_of(words: Iterable[str]) -> tuple[str, ...]:
    """The same for a registration, which may name a scope by either of its words, or by Accord's own."""
    scopes = [MEANINGS.get(word, word) for word in words if word in MEANINGS or not _is_known(word)]
    return tuple(dict.fromkeys(scopes))


def words_of(scopes: Iterable[str]) -> tuple[str, ...]:
    """The functional words of catalogue scopes, for a developer's error; what has none stands as it is."""
    by_scope = {scope: word for word, scope in reversed(list(MEANINGS.items()))}
    return tuple(by_scope.get(scope, scope) for scope in scopes if scope != OFFLINE)
