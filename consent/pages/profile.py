"""/account: her profile, with who reads each item; and sharing what she just added."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.acts import ItemChange
from consent.grants import GrantRow, find_grant, list_grants
from consent.pages.host import Host, Posted
from consent.pages.items import ACCOUNT, editable, no_item
from consent.pages.sections import Offer, dataset_scopes, make_sections, offers, writers
from consent.profile.store import load, load_all
from foundation.database import Transaction
from foundation.ids import is_id
from foundation.web.forms import parse_query
from foundation.web.templates import render, translator_for

_MOST_GRANTS = 200


class ProfilePages:
    """The profile as a whole."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def mount(self, router: APIRouter) -> None:
        router.add_api_route(ACCOUNT, self.overview, methods=["GET"])
        router.add_api_route(ACCOUNT + "/profile/share", self.share, methods=["POST"])

    async def overview(self, request: Request) -> Response:
        """Everything, by part. `added`: "dataset:item id" of an item just added, which she may share."""
        member = await self._host.person(request)
        query, now, t = parse_query(request), self._host.clock.now(), translator_for(request)
        async with self._host.db.reading() as tx:
            kept = await load_all(tx, member.owner)
            grants = await list_grants(tx, member.id, most=_MOST_GRANTS)
            names = await self._host.app_names(tx, writers(kept))
            waiting = await self._host.waiting(tx, member.id)
        added = query.single("added")
        return render(
            request,
            "consent/profile.html",
            sections=make_sections(kept, grants, now, t, names),
            email=member.email,
            verified=member.verified,
            waiting=waiting,
            done=query.single("done"),
            offered=_offered(added, grants, now),
            added=added,
        )

    async def share(self, request: Request) -> Response:
        """Share an item with the apps that were ticked, hold it back from the others that were offered."""
        posted = await self._host.posted_by_person(request)
        dataset, _, item_id = posted.form.single("item").partition(":")
        scope = editable(dataset)
        ticked = frozenset(posted.form.many("grant"))
        async with self._host.db.transaction() as tx:
            kept = await load(tx, posted.member.owner, dataset)
            if all(item["id"] != item_id for item in kept.items):
                raise no_item()
            for grant_id in filter(is_id, posted.form.many("offered")):
                change = _change(scope.name, item_id, shared=grant_id in ticked)
                await self._change(tx, request, posted, grant_id, change)
        return RedirectResponse(f"{ACCOUNT}?done=shared#{dataset}", 303)

    async def _change(
        self, tx: Transaction, request: Request, posted: Posted, grant_id: str, change: ItemChange
    ) -> None:
        row = await find_grant(tx, posted.member.id, grant_id)
        if row is not None:
            act = self._host.act(request, posted.member, row.subject)
            await self._host.decisions.change_items(tx, grant_id, change, act)


def _change(scope: str, item_id: str, *, shared: bool) -> ItemChange:
    return ItemChange(scope, share=(item_id,)) if shared else ItemChange(scope, hold_back=(item_id,))


def _offered(added: str, grants: list[GrantRow], now: int) -> list[Offer]:
    dataset, _, item_id = added.partition(":")
    scope = dataset_scopes().get(dataset)
    return offers(scope, item_id, grants, now) if scope is not None and item_id else []
