"""The mirror on an app's page, and its one tap: take back what nobody reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.catalogue import CATALOGUE
from consent.grants import find_grant
from consent.mirror.reflection import IDLE, Reflected, last_use
from consent.mirror.standing import mirror_of
from consent.mirror.words import field_label
from consent.narrowing.rule import Narrowing
from consent.pages.host import Host
from foundation.errors import AccordError
from foundation.ids import is_id
from foundation.web.i18n import Translator


@dataclass(frozen=True, slots=True)
class MirrorLine:
    """A scope in the mirror, in words. state: of Reflected. never: labels of fields that were never read."""

    label: str
    state: str
    reads: int
    last_at: int | None
    required: bool
    removable: bool
    never: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MirrorView:
    """What mirror/mirror.html shows. removable: labels of what one tap takes back. idle: all of it is."""

    lines: tuple[MirrorLine, ...]
    removable: tuple[str, ...]
    idle: bool
    quiet_since: int


def view_of(mirror: Sequence[Reflected], now: int, t: Translator) -> MirrorView | None:
    """The mirror of a living grant, microseconds; None when there is nothing to read under it."""
    if not mirror:
        return None
    lines = tuple(_line(one, t) for one in mirror)
    quiet_since = max(last_use(mirror) or 0, min(one.quiet_since for one in mirror))
    return MirrorView(
        lines=lines,
        removable=tuple(line.label for line in lines if line.removable),
        idle=now - quiet_since >= IDLE,
        quiet_since=quiet_since,
    )


def _line(one: Reflected, t: Translator) -> MirrorLine:
    never = [field_label(one.dataset, field.name, t) for field in one.fields if field.last_at is None]
    return MirrorLine(
        label=t.gettext(CATALOGUE[one.scope].label),
        state=one.state,
        reads=one.reads,
        last_at=one.last_at,
        required=one.required,
        removable=one.removable,
        never=tuple(never) if one.last_at is not None else (),
    )


class MirrorPages:
    """What she does about what the mirror shows."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def mount(self, router: APIRouter) -> None:
        router.add_api_route("/account/apps/{grant_id}/unused", self.narrow, methods=["POST"])

    async def narrow(self, request: Request, grant_id: str) -> Response:
        """Take back every scope that the app can do without and nobody read for long, in one change."""
        posted = await self._host.posted_by_person(request)
        member, now = posted.member, self._host.clock.now()
        async with self._host.db.transaction() as tx:
            row = await find_grant(tx, member.id, grant_id) if is_id(grant_id) else None
            if row is None:
                raise AccordError("not_found", "There is no such authorization on this account.", status=404)
            mirror = await mirror_of(tx, member.id, row, now)
            unused = frozenset(one.scope for one in mirror if one.removable)
            act = self._host.act(request, member, row.subject)
            decided = await self._host.decisions.narrow(tx, row.id, Narrowing(drop=unused), act)
        return RedirectResponse(f"/account/apps/{row.id}" + ("?saved=1" if decided is not None else ""), 303)
