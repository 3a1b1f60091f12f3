"""/account/profile/job_targets/…/gap: what a job expects of her; and skills suggested where she adds one."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.pages.host import Host
from consent.profile.store import Owner, StoredItem, load
from consent.rome.gap import gap, often_along
from consent.rome.search import Expected, expected_skills, find_sheet_label, live_edition
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.kit import Room
from foundation.web.templates import render

_HERE = Path(__file__).parent
ROOM = Room("rome", _HERE)
SKILLS, TARGETS = "skills", "job_targets"
ERRORS = (
    ErrorWords(
        "rome_files",
        N_("Le répertoire des métiers n’a pas pu être chargé"),
        N_("Les fichiers donnés ne sont pas ceux du ROME, ou pas en entier. Celui d’avant reste en service."),
    ),
)


def codes_of(items: Iterable[StoredItem]) -> frozenset[str]:
    """The ROME codes of skills; those in her own words have none."""
    return frozenset(code for item in items if (code := item.get("rome_code")))


async def suggested_to(tx: Transaction, owner: Owner, dataset: str) -> Sequence[Expected]:
    """Skills to suggest where she adds one to `dataset`; none for another part of her profile."""
    if dataset != SKILLS:
        return ()
    kept = await load(tx, owner, SKILLS)
    return await often_along(tx, codes_of(kept.items))


class GapPages:
    """A job she is looking for, beside the skills she has. Shown to her alone."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def mount(self, router: APIRouter) -> None:
        router.add_api_route(f"/account/profile/{TARGETS}/{{item_id}}/gap", self.show, methods=["GET"])

    async def show(self, request: Request, item_id: str) -> Response:
        """The skills that the job expects, those she has and those she lacks."""
        member = await self._host.person(request)
        async with self._host.db.reading() as tx:
            target = _pick((await load(tx, member.owner, TARGETS)).items, item_id)
            skills = (await load(tx, member.owner, SKILLS)).items
            sheet = target.get("rome_code") or ""
            expected = await expected_skills(tx, sheet)
            label = await find_sheet_label(tx, sheet)
            edition = await live_edition(tx)
        return render(
            request,
            "rome/gap.html",
            job=target["label"],
            sheet=label,
            gap=gap(expected, codes_of(skills)),
            expected=len(expected),
            own_words=sum(not item.get("rome_code") for item in skills),
            edition=edition,
        )


def _pick(items: Sequence[StoredItem], item_id: str) -> StoredItem:
    for item in items:
        if item["id"] == item_id:
            return item
    raise AccordError("unknown_item", "There is no such item in this profile.", status=404)
