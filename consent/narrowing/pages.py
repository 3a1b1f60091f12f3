"""/account/apps/<grant>/…: share less, let it rest, let it go on, be asked again."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.acts import Act
from consent.choices import Shelf
from consent.grants import GrantRow, find_grant
from consent.narrowing.form import parts, read_narrowing, shorter
from consent.narrowing.rule import forgotten
from consent.pages.host import Host, Member
from consent.profile.store import load_all, shelf_of
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import is_id
from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.templates import render, translator_for

_APP = "/account/apps/{grant_id}"
ERRORS = (
    ErrorWords(
        "widening_needs_request",
        N_("Ici, on ne peut que partager moins"),
        N_(
            "Pour partager plus, repartez de l’application : elle vous le demandera, et vous déciderez."
            " Rien n’a été enregistré."
        ),
        N_("Mes applications"),
        "/account/apps",
    ),
)


class NarrowingPages:
    """What she does to a grant by herself."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def mount(self, router: APIRouter) -> None:
        router.add_api_route(_APP + "/less", self.less, methods=["GET"])
        router.add_api_route(_APP + "/less", self.share_less, methods=["POST"])
        router.add_api_route(_APP + "/pause", self.pause, methods=["POST"])
        router.add_api_route(_APP + "/resume", self.resume, methods=["POST"])
        router.add_api_route(_APP + "/ask-again", self.ask_again, methods=["POST"])

    async def less(self, request: Request, grant_id: str) -> Response:
        """Everything that is shared, ticked, to be unticked."""
        member = await self._host.person(request)
        async with self._host.db.reading() as tx:
            row, shelf = await self._living(tx, member, grant_id)
        return self._page(request, row, shelf)

    async def share_less(self, request: Request, grant_id: str) -> Response:
        """Take back what she unticked; shown again where the grant changed meanwhile."""
        posted = await self._host.posted_by_person(request)
        async with self._host.db.transaction() as tx:
            row, shelf = await self._living(tx, posted.member, grant_id)
            seen = posted.form.single("revision") == str(row.revision)
            if seen:
                narrowing = read_narrowing(posted.form, row.standing(), shelf)
                act = self._act(request, posted.member, row)
                decided = await self._host.decisions.narrow(tx, row.id, narrowing, act)
        if not seen:
            return self._page(request, row, shelf, changed=True)
        ended = decided is not None and decided.standing.over
        place = f"/account/apps?ended={row.id}" if ended else _app(row)
        return RedirectResponse(place + ("?saved=1" if decided is not None and not ended else ""), 303)

    async def pause(self, request: Request, grant_id: str) -> Response:
        """One tap, as accepting is."""
        posted = await self._host.posted_by_person(request)
        async with self._host.db.transaction() as tx:
            row, _ = await self._living(tx, posted.member, grant_id)
            act = self._act(request, posted.member, row)
            await self._host.decisions.pause(tx, row.id, "person", act)  # None: it rests already
        return RedirectResponse(_app(row), 303)

    async def resume(self, request: Request, grant_id: str) -> Response:
        """What rested goes on as it was."""
        posted = await self._host.posted_by_person(request)
        async with self._host.db.transaction() as tx:
            row, _ = await self._living(tx, posted.member, grant_id)
            act = self._act(request, posted.member, row)
            await self._host.decisions.resume(tx, row.id, act)  # None: it goes on already
        return RedirectResponse(_app(row), 303)

    async def ask_again(self, request: Request, grant_id: str) -> Response:
        """Forget what she declined: the application asks it at her next sign-in there."""
        posted = await self._host.posted_by_person(request)
        async with self._host.db.transaction() as tx:
            row, _ = await self._living(tx, posted.member, grant_id)
            await self._host.decisions.ask_again(tx, row.id, self._act(request, posted.member, row))
        return RedirectResponse(f"{_app(row)}/less?asked=1", 303)

    def _page(self, request: Request, row: GrantRow, shelf: Shelf, *, changed: bool = False) -> Response:
        now, t, standing = self._host.clock.now(), translator_for(request), row.standing()
        return render(
            request,
            "narrowing/less.html",
            status=409 if changed else 200,
            app=standing.terms["recipient"]["name"],
            grant_id=row.id,
            revision=row.revision,
            until=row.expires_at,
            parts=parts(standing, shelf, t),
            shorter=shorter(standing, now, t),
            changed_meanwhile=changed,
            asked="asked" in request.query_params,
            declined=forgotten(standing) != standing.answered,
        )

    def _act(self, request: Request, member: Member, row: GrantRow) -> Act:
        return self._host.act(request, member, row.subject)

    async def _living(self, tx: Transaction, member: Member, grant_id: str) -> tuple[GrantRow, Shelf]:
        """A grant of hers that has not ended, and her items by dataset. Raises AccordError not_found."""
        row = await find_grant(tx, member.id, grant_id) if is_id(grant_id) else None
        if row is None or not row.lives(self._host.clock.now()):
            raise AccordError("not_found", "There is no such authorization on this account.", status=404)
        return row, shelf_of(await load_all(tx, member.owner))


def _app(row: GrantRow) -> str:
    return f"/account/apps/{row.id}"
