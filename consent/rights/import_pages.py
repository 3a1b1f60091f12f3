"""/account/data/import: a JSON Resume, pasted or uploaded; what it would change; what she takes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.catalogue import CATALOGUE
from consent.pages.host import Host, Member
from consent.pages.values import Shown, show_facts, show_item
from consent.profile.fields import DATASETS
from consent.profile.problems import Problem
from consent.profile.store import load_all
from consent.rights.events import ProfileImported
from consent.rights.importing import Offer, held, hold, offers, take
from consent.rights.resume_import import LONGEST, Offered, read_resume
from consent.rights.rome_match import matched
from foundation.errors import AccordError
from foundation.ids import is_id
from foundation.text import N_
from foundation.web.csrf import check
from foundation.web.errors import ErrorWords
from foundation.web.forms import parse_query
from foundation.web.i18n import Translator
from foundation.web.multipart import read_upload
from foundation.web.templates import render, translator_for

IMPORT = "/account/data/import"
_LONGEST_NUMBER = 4
ERRORS = (
    ErrorWords(
        "import_gone",
        N_("Ce fichier n’est plus là"),
        N_("Vous l’avez déjà enregistré, ou il attend depuis plus d’un jour. Rien d’autre n’a changé."),
        N_("Apporter un autre fichier"),
        IMPORT,
    ),
)
_REFUSALS = {
    "not_a_resume": N_(
        "Ce fichier n’est pas un CV au format JSON Resume. Rien n’a été enregistré : vérifiez que c’est"
        " le bon."
    ),
    "file_too_big": N_("Ce fichier est trop gros pour un CV : 512 ko au plus."),
    "too_many_items": N_("Ce fichier contient trop d’éléments pour un CV : 300 au plus."),
}
_NO_FILE = N_("Choisissez un fichier, ou collez son contenu.")
_NO_PLACE = N_("Il n’y a pas de place pour cela dans votre profil ici.")
_NO_LANGUAGE = N_("Nous n’avons pas reconnu cette langue. Ajoutez-la vous-même, depuis votre profil.")


@dataclass(frozen=True, slots=True)
class Line:
    """One item of the preview, in words."""

    number: int
    status: str
    shown: Shown
    facts: tuple[tuple[str, str], ...]


class ImportPages:
    """The form, the preview, the saving."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def mount(self, router: APIRouter) -> None:
        router.add_api_route(IMPORT, self.form, methods=["GET"])
        router.add_api_route(IMPORT, self.pasted, methods=["POST"])
        router.add_api_route(IMPORT + "/file", self.uploaded, methods=["POST"])
        router.add_api_route(IMPORT + "/{draft_id}", self.preview, methods=["GET"])
        router.add_api_route(IMPORT + "/{draft_id}", self.save, methods=["POST"])

    async def form(self, request: Request) -> Response:
        await self._host.person(request)
        return render(request, "rights/import.html", error="")

    async def pasted(self, request: Request) -> Response:
        """The content of the file, in the form."""
        posted = await self._host.posted_by_person(request)
        return await self._received(request, posted.member, posted.form.single("resume").encode())

    async def uploaded(self, request: Request) -> Response:
        """The file itself. Its form carries the same token as any other."""
        member = await self._host.person(request)
        upload = await read_upload(request, LONGEST)
        visitor, web = request.scope["state"]["visitor"], request.scope["accord.web"]
        check(request, upload.form, visitor.form_secret, web.origin)
        return await self._received(request, member, upload.content)

    async def _received(self, request: Request, member: Member, raw: bytes) -> Response:
        """Keep what can be taken, sealed, and show it; or say why none of it can."""
        t = translator_for(request)
        if not raw.strip():
            return render(request, "rights/import.html", status=400, error=t.gettext(_NO_FILE))
        try:
            offered = read_resume(raw)
        except AccordError as refused:
            return render(
                request,
                "rights/import.html",
                status=refused.status,
                error=t.gettext(_REFUSALS[refused.code]),
            )
        async with self._host.db.reading() as tx:
            drafts = await matched(tx, offered.drafts)
            kept = await load_all(tx, member.owner)
        async with self._host.db.transaction() as tx:
            now = self._host.clock.now()
            draft_id = await hold(tx, member.owner, kept, Offered(drafts, offered.problems), now)
        return RedirectResponse(f"{IMPORT}/{draft_id}", 303)

    async def preview(self, request: Request, draft_id: str) -> Response:
        """What would be added or changed, nothing ticked; what cannot be taken, and where it stands."""
        member = await self._host.person(request)
        t = translator_for(request)
        async with self._host.db.reading() as tx:
            file = await held(tx, member.owner, draft_id) if is_id(draft_id) else None
            kept = await load_all(tx, member.owner)
        if file is None:
            raise _gone()
        found = offers(kept, file.offered.drafts)
        return render(
            request,
            "rights/preview.html",
            parts=_parts([one for one in found if one.status != "same"], t),
            same=sum(one.status == "same" for one in found),
            problems=_problems(file.offered.problems, t),
            action=f"{IMPORT}/{draft_id}",
            nothing="nothing" in parse_query(request),
        )

    async def save(self, request: Request, draft_id: str) -> Response:
        """Save what was ticked, or everything."""
        posted = await self._host.posted_by_person(request)
        member, now = posted.member, self._host.clock.now()
        ticked = {int(one) for one in posted.form.many("take") if _is_number(one)}
        chosen = None if posted.form.single("all") else ticked
        if not is_id(draft_id):
            raise _gone()
        if chosen == set():
            return RedirectResponse(f"{IMPORT}/{draft_id}?nothing=1", 303)
        async with self._host.db.transaction() as tx:
            taken = await take(tx, member.owner, draft_id, chosen, now)
            if taken is None:
                raise _gone()
            event = ProfileImported(
                format="jsonresume",
                added=taken.added,
                changed=taken.changed,
                datasets=" ".join(sorted({one.partition(":")[0] for one in taken.items})),
                items=taken.items,
            )
            trace = request.scope["state"]["trace_id"]
            ledger = self._host.decisions.ledger
            await ledger.append(tx, event, person=member.secrets, now=now, request_id=trace)
        return RedirectResponse("/account?done=saved", 303)


def _gone() -> AccordError:
    return AccordError("import_gone", "This file was saved already, or waited too long.", status=410)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER


def _parts(found: Sequence[Offer], t: Translator) -> list[tuple[str, list[Line]]]:
    """(label, lines) of each part of the profile that something would come to."""
    labels: Mapping[str, str] = {
        scope.dataset.name: t.gettext(scope.label)
        for scope in CATALOGUE.values()
        if scope.dataset is not None
    }
    parts = []
    for name, dataset in DATASETS.items():
        lines = [
            Line(
                one.number,
                one.status,
                show_item(dataset, one.item, t),
                tuple(show_facts(dataset, one.item, t)) if dataset.single else (),
            )
            for one in found
            if one.dataset == name
        ]
        if lines:
            parts.append((labels[name], lines))
    return parts


def _problems(problems: Sequence[Problem], t: Translator) -> list[tuple[str, str]]:
    """(place in the file, what is wrong with it)."""
    ours = {"no_place": _NO_PLACE, "unknown_language": _NO_LANGUAGE}
    return [
        (
            one.path,
            t.gettext(ours.get(one.kind, one.message)).replace("%(field)s", one.path.rpartition(".")[2]),
        )
        for one in problems
    ]
