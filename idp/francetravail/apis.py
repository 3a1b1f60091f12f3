"""The data APIs, path by path: what a token must say, what is read, in what shape it leaves."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from consent.catalogue import CATALOGUE
from consent.profile.release import Released
from consent.profile.schemas import JobTarget
from foundation.web.forms import Form
from idp.francetravail import payloads, person
from idp.francetravail.access import Need
from idp.francetravail.dates import today
from idp.francetravail.face import DATA_PATH
from idp.francetravail.payloads import Item
from idp.francetravail.period import read_period

_MOST_TARGETS = 2
_CODES = frozenset({"appellation_code", "rome_code"})


class Asked(NamedTuple):
    """What an API may look at besides the data. now: microseconds."""

    query: Form
    now: int


Shape = Callable[[Any, Asked], Any]
Narrowing = Callable[[Sequence[Item], Asked], Sequence[bool]]


class Api(NamedTuple):
    """One data API of one dataset.

    word: functional. shape: of what was released of it. narrowing: which of the released items it answers,
    None for all. unsaid: fields that its shape has no place for.
    """

    word: str
    shape: Shape
    narrowing: Narrowing | None = None
    unsaid: frozenset[str] = frozenset()

    @property
    def need(self) -> Need:
        return Need.of(self.word)

    @property
    def dataset(self) -> str:
        """The dataset it reads."""
        dataset = CATALOGUE[self.need.scope].dataset
        return "" if dataset is None else dataset.name

    def narrow(self, released: Released, asked: Asked) -> Released:
        """What leaves of what may: the ledger tells no more than that."""
        fields = tuple(name for name in released.fields if name not in self.unsaid)
        if self.narrowing is None or not isinstance(released.data, list):
            return released._replace(fields=fields)
        held = self.narrowing(released.data, asked)
        return Released(
            [item for item, stays in zip(released.data, held, strict=True) if stays],
            fields,
            tuple(item_id for item_id, stays in zip(released.items, held, strict=True) if stays),
        )


def _plain(shape: Callable[[Any], Any]) -> Shape:
    return lambda data, _asked: shape(data)


def _experiences(data: Any, asked: Asked) -> Any:  # noqa: ANN401  # JSON
    return payloads.experiences(data, today(asked.now))


def _in_period(contracts: Sequence[Item], asked: Asked) -> Sequence[bool]:
    period = read_period(asked.query)
    return [period.holds(contract) for contract in contracts]


def _first_two(targets: Sequence[Item], _asked: Asked) -> Sequence[bool]:
    return [place < _MOST_TARGETS for place in range(len(targets))]


def _with_codes(targets: Sequence[Item], _asked: Asked) -> Sequence[bool]:
    return [all(target.get(name) for name in _CODES) for target in targets]


_EXPERIENCES = Api("pfcexperiences", _experiences, unsaid=frozenset({"rome_code"}))
_BY_PATH: dict[str, Api] = {
    "peconnect-datenaissance/v1/etat-civil": Api("datenaissance", _plain(person.birthdate)),
    "peconnect-statut/v1/statut": Api("statut", _plain(person.status), unsaid=frozenset({"since"})),
    "peconnect-competences/v1/competences": Api(
        "competences", _plain(payloads.job_codes), _with_codes, frozenset(JobTarget.model_fields) - _CODES
    ),
    "peconnect-competences/v2/competences": Api("pfccompetences", _plain(payloads.skills)),
    "peconnect-competences/v2/langues": Api("pfclangues", _plain(payloads.languages)),
    "peconnect-competences/v2/interets": Api("pfccentresinteret", _plain(payloads.interests)),
    "peconnect-experiences/v1/experiencesindividu": _EXPERIENCES,
    "peconnect-experiences/v1/experiences": _EXPERIENCES,  # as older apps know it
    "peconnect-experiencesprofessionellesdeclareesparlemployeur/v1/contrats": Api(
        "passeprofessionnel", _plain(payloads.contracts), _in_period
    ),
    "peconnect-formations/v1/formations": Api("pfcformations", _plain(payloads.trainings)),
    "peconnect-formations/v1/permis": Api("pfcpermis", _plain(payloads.licences)),
    "peconnect-metiersrecherches/v1/metiersrecherches": Api(
        "cpmetiers", _plain(payloads.job_targets), _first_two
    ),
    "peconnect-indemnisations/v1/indemnisation": Api("indemnisation", _plain(person.benefits)),
    "peconnect-detailindemnisations/v1/indemnisation": Api(
        "detailindemnisation", _plain(person.detailed_benefits)
    ),
    "peconnect-conseillers/v1/contactspe/conseillers": Api("individu", _plain(person.advisers)),
}
APIS: Mapping[str, Api] = MappingProxyType({f"{DATA_PATH}/{path}": api for path, api in _BY_PATH.items()})
USERINFO_PATH = f"{DATA_PATH}/peconnect-individu/v1/userinfo"
CONTACT_PATH = f"{DATA_PATH}/peconnect-coordonnees/v1/coordonnees"
SKILLS_PATH = f"{DATA_PATH}/peconnect-gestion-profilcompetences/v1/competences/enregistrer"
