"""/audit/export, /audit/retention, the archive of a grant: what auditors take away."""

from pathlib import Path
from typing import get_args
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse

from consent.ledger.public import head_or_wait
from consent.ledger.searching.search import dossier
from consent.ledger.witnessing.witnessed import read_taken
from consent.looking.adding import behind
from consent.pages.console import FILTERS, Query, read_query, wrong_words
from consent.pages.host import Host, Member
from consent.pages.looks import Look, criteria_text, record_look, tell
from consent.retention.report import survey
from consent.rights.zipping import zipped
from consent.taking.dossier import Dossier, parts
from consent.taking.events import AuditorExported
from consent.taking.exports import KEPT
from consent.taking.formats import FORMATS, FormatName
from consent.taking.job import Job, order_of
from consent.taking.means import Means
from consent.taking.parquet import parquet_here
from consent.taking.reading import is_whole
from foundation.errors import AccordError
from foundation.ids import is_id, new_id
from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.forms import parse_query
from foundation.web.kit import Room
from foundation.web.templates import render, translator_for

ROOM = Room("taking", Path(__file__).parent)
EXPORT, RETENTION = "/audit/export", "/audit/retention"
_REFRESH = "2"  # seconds between two looks at an export in the making
_FEW = 1_000  # events without a count that are worth no word: the background is at it
ERRORS = (
    ErrorWords(
        "too_many_exports",
        N_("Vous gardez déjà dix exports"),
        N_("Supprimez-en un, puis recommencez."),
        N_("Voir mes exports"),
        EXPORT,
    ),
    ErrorWords(
        "parquet_missing",
        N_("Ce serveur ne sait pas écrire de Parquet"),
        N_("Choisissez un autre format, ou demandez à qui l’exploite d’installer accord[parquet]."),
        N_("Choisir un autre format"),
        EXPORT,
    ),
)
LABELS = {
    "jsonl": N_("JSONL, une feuille par ligne"),
    "csv": N_("CSV, pour un tableur"),
    "parquet": N_("Parquet, pour l’analyse"),
    "ocsf": N_("OCSF, pour un outil de sécurité"),
}


def _nothing() -> AccordError:
    return AccordError("not_found", "There is no such export of this account.", status=404)


class TakingPages:
    """Theirs."""

    def __init__(self, host: Host, means: Means) -> None:
        self._host, self._means = host, means

    def mount(self, router: APIRouter) -> None:
        router.add_api_route(EXPORT, self.offer, methods=["GET"])
        router.add_api_route(EXPORT, self.order, methods=["POST"])
        router.add_api_route(EXPORT + "/{export_id}", self.follow, methods=["GET"])
        router.add_api_route(EXPORT + "/{export_id}/{part}", self.part, methods=["GET"])
        router.add_api_route(EXPORT + "/{export_id}/delete", self.delete, methods=["POST"])
        router.add_api_route("/audit/grants/{grant_id}/archive", self.archive, methods=["GET"])
        router.add_api_route(RETENTION, self.retention, methods=["GET"])

    async def offer(self, request: Request) -> Response:
        """What would be taken, in which format; what she took already."""
        member = await self._host.auditor(request)
        return self._offer(
            request, member, read_query(parse_query(request), translator_for(request).dates.zone)
        )

    def _offer(self, request: Request, member: Member, query: Query) -> Response:
        t = translator_for(request)
        return render(
            request,
            "taking/exports.html",
            status=422 if query.wrong else 200,
            query=query,
            wrong=wrong_words(query, t),
            filters=FILTERS,
            whole=is_whole(query.filters),
            search=f"/audit?{urlencode(query.values)}" if query.values else "/audit",
            formats=[(name, t.gettext(LABELS[name])) for name in self._formats()],
            jobs=self._means.exports.of_owner(member.id),
            labels=LABELS,
            kept=KEPT,
        )

    def _formats(self) -> list[str]:
        return [name for name in FORMATS if name != "parquet" or parquet_here()]

    async def order(self, request: Request) -> Response:
        """Have an export made, and say so in the log; then it is followed."""
        posted = await self._host.posted_by_auditor(request)
        member, form, now = posted.member, posted.form, self._host.clock.now()
        query = read_query(form, translator_for(request).dates.zone)
        if query.wrong:
            return self._offer(request, member, query)
        asked: list[FormatName] = [one for one in get_args(FormatName) if one == form.single("format")]
        if not asked:
            raise AccordError("invalid_request", "format is one of jsonl, csv, parquet and ocsf.")
        origin = self._host.log_origin
        async with self._host.db.reading() as tx:
            head = await head_or_wait(read_taken(tx, origin))
        order = order_of(
            head,
            origin,
            id=new_id(now),
            owner_id=member.id,
            format=asked[0],
            typed=query.values,
            filters=query.filters,
            made_at=now,
        )
        self._means.exports.check(order)
        event = AuditorExported(
            export=order.id,
            format=asked[0],
            filters=query.names,
            whole=is_whole(query.filters),
            size=head.size,
            criteria=criteria_text(query.values),
        )
        async with self._host.db.transaction() as tx:
            await tell(self._host, tx, request, member, event)
        self._means.exports.place(order)  # after the log has it: what cannot be recorded is not made
        return RedirectResponse(f"{EXPORT}/{order.id}", 303)

    async def follow(self, request: Request, export_id: str) -> Response:
        """How far it is; looked at again by itself until it is done."""
        job = await self._job(request, export_id)
        making = job.come.state == "making"
        answer = render(
            request,
            "taking/export.html",
            job=job,
            making=making,
            labels=LABELS,
            until=job.order.made_at + KEPT,
        )
        if making:
            answer.headers["refresh"] = _REFRESH
        return answer

    async def part(self, request: Request, export_id: str, part: str) -> Response:
        """A file of a finished export; a download that broke goes on (Range, If-Range)."""
        job = await self._job(request, export_id)
        path = {"file": job.file, "proof": job.proof, "manifest": job.manifest}.get(part)
        if path is None or job.come.state != "ready":
            raise _nothing()
        media = job.order.made_as.media if part == "file" else "text/plain; charset=utf-8"
        name = f"{job.order.name}.manifest.json" if part == "manifest" else path.name
        return FileResponse(path, media_type=media, filename=name)

    async def delete(self, request: Request, export_id: str) -> Response:
        """Delete it before its time."""
        member = (await self._host.posted_by_auditor(request)).member
        job = self._means.exports.find(member.id, export_id)
        if job is None:
            raise _nothing()
        self._means.exports.drop(job)
        return RedirectResponse(EXPORT, 303)

    async def archive(self, request: Request, grant_id: str) -> Response:
        """The dossier of a grant as one file, written as it is sent."""
        member = await self._host.auditor(request)
        origin, now = self._host.log_origin, self._host.clock.now()
        if not is_id(grant_id):
            raise _nothing()
        async with self._host.db.reading() as tx:
            page = await dossier(tx, origin, grant_id, limit=1)
            if not page.rows:
                raise _nothing()
            head = await head_or_wait(read_taken(tx, origin))
        event = AuditorExported(
            export=None,
            format="dossier",
            filters="grant",
            whole=False,
            size=head.size,
            criteria=criteria_text({"grant": grant_id}),
        )
        async with self._host.db.transaction() as tx:
            await tell(self._host, tx, request, member, event)
        taken = Dossier(self._host.db, self._means, origin, grant_id, now)
        named = {"content-disposition": f'attachment; filename="accord-grant-{grant_id}.zip"'}
        return StreamingResponse(zipped(parts(taken), now), media_type="application/zip", headers=named)

    async def retention(self, request: Request) -> Response:
        """What each class of the log holds by month, what of it may go, when, and what keeps it."""
        member = await self._host.auditor(request)
        await record_look(self._host, request, member, Look("retention", {}))
        clocks = self._means.clocks
        async with self._host.db.reading() as tx:
            standings, uncounted = await survey(tx, clocks, self._host.clock.now()), await behind(tx)
        return render(
            request,
            "taking/retention.html",
            standings=standings[::-1],
            clocks=clocks,
            uncounted=uncounted if uncounted > _FEW else 0,
        )

    async def _job(self, request: Request, export_id: str) -> Job:
        member = await self._host.auditor(request)
        job = self._means.exports.find(member.id, export_id)
        if job is None:
            raise _nothing()
        return job
