"""/account/profile: the forms that add, change and remove one item."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.catalogue import Scope
from consent.pages.adding import found_by, picked_code, start_of
from consent.pages.controls import controls, errors_by_field, read_item
from consent.pages.host import Host, Member, Posted
from consent.pages.sections import DECLARED, dataset_scopes
from consent.pages.values import show_item
from consent.profile.editing import Part, put_item, remove_item
from consent.profile.fields import DATASETS
from consent.profile.problems import ProfileError
from consent.profile.store import Kept, load
from consent.rome.pages import suggested_to
from foundation.errors import AccordError
from foundation.web.forms import Form, parse_query
from foundation.web.templates import render, translator_for

ACCOUNT = "/account"
PART = ACCOUNT + "/profile/{dataset}"
ONLY = "only"  # stands for the item of a part that has one at most


def no_item() -> AccordError:
    """Her profile has no such item (any more)."""
    return AccordError("unknown_item", "There is no such item in this profile.", status=404)


def editable(dataset: str) -> Scope:
    """The scope of a dataset that its owner may correct. Raises AccordError not_found."""
    scope = dataset_scopes().get(dataset)
    if scope is None or dataset in DECLARED:
        raise AccordError("not_found", "There is no such part of the profile to correct.", status=404)
    return scope


@dataclass(frozen=True, slots=True)
class Draft:
    """An item on its form. item: as stored or typed; start: what a new one starts from."""

    dataset: str
    item: Mapping[str, Any]
    start: Mapping[str, Any] = field(default_factory=dict)
    new: bool = False
    basis: int | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


class ItemPages:
    """One item at a time."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def mount(self, router: APIRouter) -> None:
        router.add_api_route(PART + "/add", self.add, methods=["GET"])
        router.add_api_route(PART + "/add", self.save_new, methods=["POST"])
        router.add_api_route(PART + "/{item_id}", self.edit, methods=["GET"])
        router.add_api_route(PART + "/{item_id}", self.save, methods=["POST"])
        router.add_api_route(PART + "/{item_id}/remove", self.confirm_removal, methods=["GET"])
        router.add_api_route(PART + "/{item_id}/remove", self.remove, methods=["POST"])

    async def add(self, request: Request, dataset: str) -> Response:
        """An empty form; for skills and jobs, the search that comes before it."""
        member = await self._host.person(request)
        scope, query = editable(dataset), parse_query(request)
        async with self._host.db.reading() as tx:
            start = await start_of(tx, dataset, query)
            if start is not None:
                return _form(request, Draft(dataset, {}, start, new=True))
            found = await found_by(tx, dataset, query.single("q"))
            suggested = await suggested_to(tx, member.owner, dataset)
        return render(
            request,
            "consent/search.html",
            dataset=dataset,
            label=translator_for(request).gettext(scope.label),
            query=query.single("q")[:100],
            found=found,
            suggested=suggested,
        )

    async def save_new(self, request: Request, dataset: str) -> Response:
        """Add an item."""
        posted = await self._host.posted_by_person(request)
        editable(dataset)
        async with self._host.db.reading() as tx:
            start = await start_of(tx, dataset, posted.form)
        if start is None:
            raise AccordError("invalid_request", "Choose something from the list first.")
        return await self._put(request, posted, Draft(dataset, {}, start, new=True))

    async def edit(self, request: Request, dataset: str, item_id: str) -> Response:
        """The form of an item, filled in."""
        member = await self._host.person(request)
        kept = await self._load(member, dataset)
        return _form(request, Draft(dataset, _pick(kept, item_id), basis=kept.revision))

    async def save(self, request: Request, dataset: str, item_id: str) -> Response:
        """Change an item; it keeps its id, and so what was held back stays so."""
        posted = await self._host.posted_by_person(request)
        kept = await self._load(posted.member, dataset)
        return await self._put(request, posted, Draft(dataset, _pick(kept, item_id)))

    async def confirm_removal(self, request: Request, dataset: str, item_id: str) -> Response:
        """What removing means, before it is done."""
        member = await self._host.person(request)
        kept = await self._load(member, dataset)
        scope, item, t = editable(dataset), _pick(kept, item_id), translator_for(request)
        if not item or scope.dataset is None:
            raise no_item()
        gone = t.gettext("Cet élément disparaît de votre profil : aucune application ne pourra plus le lire.")
        return render(
            request,
            "kit/confirm.html",
            title=t.gettext("Retirer « %(what)s » ?") % {"what": show_item(scope.dataset, item, t).title},
            consequences=[gone, t.gettext("Les applications qui l’ont déjà lu peuvent encore le garder.")],
            action=request.url.path,
            label=t.gettext("Retirer"),
            cancel=f"{ACCOUNT}#{dataset}",
            hidden={"basis": str(kept.revision)},
        )

    async def remove(self, request: Request, dataset: str, item_id: str) -> Response:
        """Remove an item."""
        posted = await self._host.posted_by_person(request)
        kept = await self._load(posted.member, dataset)
        item = _pick(kept, item_id)
        if not item:
            raise no_item()
        part, now = Part(dataset, _basis(posted.form)), self._host.clock.now()
        async with self._host.db.transaction() as tx:
            await remove_item(tx, posted.member.owner, part, item["id"], now)
        return RedirectResponse(f"{ACCOUNT}?done=removed#{dataset}", 303)

    async def _load(self, member: Member, dataset: str) -> Kept:
        editable(dataset)
        async with self._host.db.reading() as tx:
            return await load(tx, member.owner, dataset)

    async def _put(self, request: Request, posted: Posted, draft: Draft) -> Response:
        """Validate and store; the form again, with what is wrong, when it does not pass."""
        dataset = draft.dataset
        given = read_item(dataset, posted.form, {**draft.start, **draft.item})
        part, now = Part(dataset, _basis(posted.form)), self._host.clock.now()
        try:
            async with self._host.db.transaction() as tx:
                item = await put_item(tx, posted.member.owner, part, given, now)
        except ProfileError as error:
            errors = errors_by_field(dataset, given, error.problems, translator_for(request))
            wrong = Draft(dataset, given, draft.start, new=draft.new, basis=part.basis, errors=errors)
            return _form(request, wrong)
        if draft.new and editable(dataset).selectable:
            return RedirectResponse(f"{ACCOUNT}?done=added&added={dataset}:{item['id']}#{dataset}", 303)
        return RedirectResponse(f"{ACCOUNT}?done=saved#{dataset}", 303)


def _form(request: Request, draft: Draft) -> Response:
    scope, t = editable(draft.dataset), translator_for(request)
    whole = {**draft.start, **draft.item}
    return render(
        request,
        "consent/item.html",
        status=422 if draft.errors else 200,
        dataset=draft.dataset,
        label=t.gettext(scope.label),
        contents=t.gettext(scope.contents),
        chosen=whole.get("label", "") if whole.get("rome_code") else "",
        new=draft.new,
        removable=scope.selectable and not draft.new,
        item_id=draft.item.get("id", ONLY),
        controls=controls(draft.dataset, whole, t),
        rome=picked_code(draft.start),
        basis=draft.basis,
        errors=draft.errors,
    )


def _pick(kept: Kept, item_id: str) -> Mapping[str, Any]:
    """The item asked for; empty for the only one of a part that has none yet."""
    if item_id == ONLY and DATASETS[kept.dataset].single:
        return kept.items[0] if kept.items else {}
    for item in kept.items:
        if item["id"] == item_id:
            return item
    raise no_item()


def _basis(form: Form) -> int | None:
    text = form.single("basis")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
