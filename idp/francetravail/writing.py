"""POST …/competences/enregistrer: an app adds skills to her profile, where she agreed to that.

Accord's own addition (consent/profile/additions.py), a batch at a time and by ROME codes. A code that the
ROME does not know, or one too many, is told back; the others are kept. A skill that she has already is as
good as added, and the answer does not tell which.
"""

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from consent.events import DataWritten
from consent.profile.additions import SKILLS, add_skill
from consent.profile.problems import ProfileError
from consent.rome.search import Skill, find_skill
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.web.json_body import read_json_object
from foundation.web.lean import Endpoint, json_response
from idp.context import Server
from idp.francetravail import PROFILE
from idp.francetravail.access import Need, as_refused, owner_of
from idp.francetravail.quotas import Quotas
from idp.resource.bearer import Access, Shown, bearer_text, invalid_token, open_access

_NEED = Need.of("portefeuillecompetencesW")
_MOST_AT_ONCE = 50
_UNKNOWN, _FULL = "Code inconnu du ROME", "Portefeuille de compétences complet"


class _Skill(BaseModel):
    model_config = ConfigDict(strict=True)

    codeRome: str = Field(min_length=1, max_length=20)  # noqa: N815  # a name of theirs


class Batch(BaseModel):
    """What an app sends. origine: how it names itself; the ledger knows it by its registration."""

    model_config = ConfigDict(strict=True)

    competences: list[_Skill] = Field(min_length=1, max_length=_MOST_AT_ONCE)
    origine: str = Field(min_length=1, max_length=100)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes, each once."""
        return tuple(dict.fromkeys(skill.codeRome for skill in self.competences))


class Refused(NamedTuple):
    """A code that was not added, and why."""

    code: str
    reason: str


def skills_endpoint(server: Server, quotas: Quotas) -> Endpoint:
    """204 when all is kept, 206 with what is not, 400 for what is no batch."""

    async def add(request: Request) -> Response:
        shown = Shown(bearer_text(request), server.face(PROFILE).mark)
        batch, now = _read(await read_json_object(request)), server.clock.now()
        async with server.db.transaction() as tx:
            access = await open_access(server, tx, shown, SKILLS, now)
            if access is None:
                raise invalid_token(request, "no live token")
            _NEED.check(access)
            await quotas.count(tx, access.client_id, _NEED.api, access.scopes, now)
            added, refused = await _keep(tx, access, batch, now)
            trace = request.scope["state"]["trace_id"]
            await server.ledger.append(
                tx, _event(access, added), person=access.person, now=now, request_id=trace
            )
        if not refused:
            return Response(status_code=204)
        wrong = [{"codeRome": one.code, "raison": one.reason} for one in refused]
        return json_response({"competencesEnErreur": wrong}, 206)

    async def endpoint(request: Request) -> Response:
        try:
            return await add(request)
        except AccordError as error:
            raise as_refused(error) from None

    return endpoint


async def _keep(
    tx: Transaction, access: Access, batch: Batch, now: int
) -> tuple[tuple[str, ...], list[Refused]]:
    """The ids of what was added, and what was not."""
    added: list[str] = []
    refused: list[Refused] = []
    for code in batch.codes:
        skill = await find_skill(tx, code)
        if skill is None:
            refused.append(Refused(code, _UNKNOWN))
            continue
        try:
            done = await add_skill(tx, owner_of(access), access.client_id, _given(skill), now)
        except AccordError as error:
            if not isinstance(error, ProfileError) and error.code != "too_many_added":
                raise
            refused.append(Refused(code, _FULL))
        else:
            added += [done.item["id"]] if done.new else []
    return tuple(added), refused


def _given(skill: Skill) -> dict[str, str]:
    kind = "soft" if skill.kind == "soft" else "rome"
    return {"kind": kind, "label": skill.label, "rome_code": skill.code}


def _event(access: Access, added: tuple[str, ...]) -> DataWritten:
    return DataWritten(
        client=access.client_id,
        grant=access.grant_id,
        revision=access.revision,
        scopes=_NEED.scope,
        dataset=SKILLS,
        count=len(added),
        items=added,
    )


def _read(document: object) -> Batch:
    try:
        return Batch.model_validate(document)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "body"
        raise AccordError("invalid_request", f"{where}: {error.errors()[0]['msg']}") from None
