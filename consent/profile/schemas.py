"""The shape of each dataset's items, strict and bounded; the same JSON that `person add --from` takes.

An item may carry an `id` (made when absent), by which choices refer to it; it never leaves in a release:
the same id read by two apps would link a person across them.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from consent.profile.texts import (
    Email,
    ItemId,
    Line,
    Name,
    PartialDate,
    Phone,
    Prose,
    RomeCode,
    RomeSheet,
    Siret,
    WholeDate,
    matching,
)

Year = Annotated[int, Field(strict=True, ge=1900, le=2100)]
Flag = Annotated[bool, Field(strict=True)]


def _count(most: int) -> Any:  # noqa: ANN401  # the type checker's name for a constrained int
    return Field(default=None, strict=True, ge=0, le=most)


class Item(BaseModel):
    """What every item has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: ItemId | None = None

    def likeness(self) -> tuple[object, ...]:
        """What makes an imported item the same as a stored one: it keeps its id, and stays held back."""
        return ()  # a dataset of one: always the same


class _Period(Item):
    """An item that lasts."""

    start: PartialDate | None = None
    end: PartialDate | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.start and self.end:
            precision = min(len(self.start), len(self.end))
            if self.end[:precision] < self.start[:precision]:
                raise PydanticCustomError("end_before_start", "the end is before the start")
        return self


class Identity(Item):
    """Who the person is, as she wants to be called."""

    given_name: Name
    family_name: Name
    gender: Literal["female", "male", "other"] | None = None


class Skill(Item):
    """A skill, of the ROME referential, free, or a professional attitude (savoir-être).

    added_by: id of the app that put it there, None for the person herself; never released.
    """

    kind: Literal["rome", "free", "soft"]
    label: Line
    level: Literal["unrated", "beginner", "intermediate", "advanced"] = "unrated"
    rome_code: RomeCode | None = None
    added_by: Annotated[str, matching("[\\x21-\\x7e]{1,100}")] | None = None

    @model_validator(mode="after")
    def _code_goes_with_kind(self) -> Self:
        if self.kind == "rome" and self.rome_code is None:
            raise PydanticCustomError("rome_code_missing", "a skill of kind rome needs its rome_code")
        if self.kind == "free" and self.rome_code is not None:
            raise PydanticCustomError("rome_code_unexpected", "a skill of kind free has no rome_code")
        return self

    def likeness(self) -> tuple[object, ...]:
        return (self.kind, self.rome_code or self.label.casefold())


class Language(Item):
    """A language; code: ISO 639-1, lower case."""

    code: Annotated[str, matching("[a-z]{2}")]
    label: Name
    level: Literal["unrated", "beginner", "intermediate", "fluent"] = "unrated"

    def likeness(self) -> tuple[object, ...]:
        return (self.code,)


class Interest(Item):
    """A centre of interest, in the person's words."""

    label: Line
    detail: Prose | None = None

    def likeness(self) -> tuple[object, ...]:
        return (self.label.casefold(),)


class Experience(_Period):
    """A job, declared by the person."""

    title: Line
    company: Line | None = None
    place: Line | None = None
    current: Flag = False
    abroad: Flag = False
    description: Prose | None = None
    rome_code: RomeSheet | None = None

    def likeness(self) -> tuple[object, ...]:
        return (self.title.casefold(), (self.company or "").casefold(), self.start)


class Contract(_Period):
    """A contract, declared by the employer. days, hours: what was worked in all."""

    job_title: Line
    nature: Name | None = None
    qualification: Name | None = None
    days: int | None = _count(20_000)
    hours: int | None = _count(100_000)
    company: Line
    siret: Siret | None = None
    ape_code: Annotated[str, matching("[0-9]{4}[A-Z]")] | None = None
    sector: Name | None = None
    scheme: Name | None = None

    def likeness(self) -> tuple[object, ...]:
        return (self.siret or self.company.casefold(), self.start, self.job_title.casefold())


class Training(Item):
    """A diploma or a course. level: France Travail's code; domain_code: Formacode."""

    title: Line
    level: Literal["NV1", "NV2", "NV3", "NV4", "NV5", "C12", "C3A", "CFG", "CP4", "AFS"] | None = None
    domain: Line | None = None
    domain_code: Annotated[str, matching("[0-9]{5}")] | None = None
    end_year: Year | None = None
    obtained: Flag | None = None
    place: Line | None = None
    abroad: Flag = False
    description: Prose | None = None

    def likeness(self) -> tuple[object, ...]:
        return (self.title.casefold(), self.end_year)


class Licence(Item):
    """A driving licence; code: its category."""

    code: Annotated[str, matching("[A-Z0-9]{1,4}")]
    label: Name

    def likeness(self) -> tuple[object, ...]:
        return (self.code,)


class Place(BaseModel):
    """Where a person would work."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: Name
    postal_code: Annotated[str, matching("[0-9A-Z -]{2,10}")] | None = None
    insee_code: Annotated[str, matching("[0-9][0-9AB][0-9]{3}")] | None = None
    radius_km: int | None = _count(2_000)


class JobTarget(Item):
    """A job that the person looks for. appellation_code: ROME's OGR code of the title."""

    label: Line
    appellation_code: RomeCode | None = None
    rome_code: RomeSheet
    rome_label: Line
    contract_types: tuple[Literal["CDI", "CDD", "MIS", "SAI", "DDI", "DIN", "LIB", "CCE", "FRA"], ...] = (
        Field(default=(), max_length=9)
    )
    working_time: Literal["full", "part"] | None = None
    experience_years: int | None = _count(60)
    max_distance_km: int | None = _count(2_000)
    places: tuple[Place, ...] = Field(default=(), max_length=10)
    salary: int | None = _count(10_000_000)
    salary_period: Literal["hour", "month", "year", "fee"] | None = None

    def likeness(self) -> tuple[object, ...]:
        return (self.appellation_code or self.label.casefold(), self.rome_code)


class Contact(Item):
    """Where to reach the person; country_code: ISO 3166-1 alpha-2."""

    lines: tuple[Line, ...] = Field(default=(), max_length=4)
    postal_code: Annotated[str, matching("[0-9A-Z -]{2,10}")] | None = None
    city: Name | None = None
    insee_code: Annotated[str, matching("[0-9][0-9AB][0-9]{3}")] | None = None
    country: Name | None = None
    country_code: Annotated[str, matching("[A-Z]{2}")] | None = None
    phones: tuple[Phone, ...] = Field(default=(), max_length=2)
    email: Email | None = None


class Birthdate(Item):
    """The day of birth: text, never an instant."""

    date: WholeDate


class Status(Item):
    """Whether the person is registered as a job seeker."""

    job_seeker: Flag
    since: PartialDate | None = None


class Benefits(Item):
    """Which benefits the person receives: two answers, no amount."""

    unemployment_insurance: Flag
    solidarity: Flag


class Adviser(Item):
    """A professional who follows the person: personal data of a third party."""

    kind: Literal["placement", "cap_emploi", "benefits"]
    gender: Literal["female", "male"] | None = None
    given_name: Name | None = None
    family_name: Name
    email: Email | None = None

    def likeness(self) -> tuple[object, ...]:
        return (self.kind, self.family_name.casefold())


MODELS: dict[str, type[Item]] = {
    "identity": Identity,
    "skills": Skill,
    "languages": Language,
    "interests": Interest,
    "experiences": Experience,
    "contracts": Contract,
    "trainings": Training,
    "licences": Licence,
    "job_targets": JobTarget,
    "contact": Contact,
    "birthdate": Birthdate,
    "status": Status,
    "benefits": Benefits,
    "advisers": Adviser,
}
MOST_ITEMS = {"skills": 200, "experiences": 100, "contracts": 200, "job_targets": 10, "advisers": 10}
MOST_ITEMS_ELSEWHERE = 50
