"""One life of a grant: each move is made on the server and on the model, and then both are asked."""

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import Any

from consent.acts import Decided, ItemChange, Refused
from consent.answers import read_form
from consent.coverage import Ask, covers
from consent.grants import find_standing
from consent.limits import Frequency
from consent.narrowing.rule import Narrowing
from consent.profile.editing import Part, put_item, remove_item
from consent.requests import SharingRequest
from foundation.clock import DAY, MINUTE, SECOND
from tests.idp.granting import answer, asked_with
from tests.idp.releases import model, moves
from tests.idp.releases.model import DATASET, REQUIRED, Grant, Line, Share, Shelf, Token
from tests.idp.releases.readers import OPTIONAL, Obtained, Reader
from tests.idp.support import World

SINGLE = {"profile", "contact", "birthdate", "status", "benefits"}
SELECTABLE = DATASET.keys() - SINGLE
_NEW = itertools.count()
_TITLES = {"skills": {"kind": "free", "label": ""}, "experiences": {"title": ""}}


@dataclass
class Life:
    """A person, an app, her grant as the model has it, and the tokens that the app holds."""

    world: World
    reader: Reader
    grant: Grant | None = None
    lines: list[Line] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    let_out: int = 0  # how many reads let something out: a test that only sees refusals tests little

    @property
    def now(self) -> int:
        return self.world.clock.now()

    @property
    def living(self) -> Grant | None:
        return self.grant if self.grant is not None and self.grant.lives(self.now) else None

    # --- moves -------------------------------------------------------------------------------------------

    @singledispatchmethod
    async def make(self, move: Any) -> None:
        raise TypeError(move)

    @make.register
    async def _(self, move: moves.Agree) -> None:
        shelf, asked = await self.world.shelf(), self._asked(move.asked, move.duration)
        form = self._form(move.form, asked.scopes, shelf) | {"duration": [move.duration]}
        await answer(self.world, asked, **form)
        self._agreed(move.asked, form, asked.scopes, shelf)
        await self._come()

    @make.register
    async def _(self, move: moves.SignInAgain) -> None:
        """What is asked is the server's to say; what her answer means is not."""
        shelf, asked = await self.world.shelf(), self._asked(move.asked)
        world, decisions = self.world, self.world.decisions()
        async with world.server.db.transaction() as tx:
            standing = await find_standing(tx, world.person_id, world.client.id)
            ask = covers(standing, asked, self.now)
            if not isinstance(ask, Ask):
                return
            act = world.act(world.client)
            if not move.accepts:
                assert isinstance(await decisions.refuse(tx, ask, act), Refused)
                return
            form = self._form(move.form, ask.scopes, shelf) | {"duration": ["30d"]}
            assert isinstance(await decisions.accept(tx, ask, read_form(form, ask, shelf), act), Decided)
        if ask.whole:
            self._agreed(move.asked, form, ask.scopes, shelf)
            await self._come()
        else:
            self._changed(move.asked, form, ask, shelf)

    @make.register
    async def _(self, move: moves.Narrow) -> None:
        shelf, grant = await self.world.shelf(), self.living
        held = {scope: frozenset(_ids(shelf, scope, places)) for scope, places in move.held.items()}
        shown = {
            scope: frozenset(i["id"] for i in shelf[DATASET[scope]] if self._lets(scope, i["id"]))
            for scope in move.settle
        }
        await self._decide("narrow", Narrowing(move.drop, held, move.drop_fields, shown, move.duration))
        if grant is None:
            return
        for scope, share in list(grant.shares.items()):
            if share.future and scope in shown:
                share.listed |= shown[scope]
                share.future = False
            share.held |= held.get(scope, frozenset())
            if share.picked:
                share.fields -= move.drop_fields.get(scope, frozenset())
            if scope in move.drop or (share.picked and not share.fields):
                grant.drop([scope])
        if move.duration is not None:
            grant.ends = min(grant.ends, self.now + int(move.duration[:-1]) * DAY)

    @make.register
    async def _(self, move: moves.Items) -> None:
        shelf, grant = await self.world.shelf(), self.living
        shared, held = set(_ids(shelf, move.scope, move.shared)), set(_ids(shelf, move.scope, move.held))
        await self._decide("change_items", ItemChange(move.scope, share=shared, hold_back=held))
        share = None if grant is None else grant.shares.get(move.scope)
        if share is not None:
            share.listed = (share.listed | shared) - held
            share.held = (share.held - shared) | held

    @make.register
    async def _(self, move: moves.Edit) -> None:
        world, part = self.world, Part(move.dataset)
        items = (await world.shelf())[move.dataset]
        new = {name: text or f"nouveau {next(_NEW)}" for name, text in _TITLES[move.dataset].items()}
        async with world.server.db.transaction() as tx:
            if move.what == "add" or not items:
                await put_item(tx, world.owner, part, new, self.now)
                return
            old = items[move.place % len(items)]["id"]
            if move.what == "remove":
                await remove_item(tx, world.owner, part, old, self.now)
            else:
                await put_item(tx, world.owner, part, new | {"id": old}, self.now)

    @make.register
    async def _(self, move: moves.Wait) -> None:
        self.world.clock.advance(move.seconds * SECOND)

    @make.register
    async def _(self, move: moves.StopSharing) -> None:
        await self._decide("revoke_scope", move.scope)
        if self.living is not None:
            self.living.drop([move.scope])

    @make.register
    async def _(self, move: moves.Do) -> None:
        grant = self.living
        match move.what:
            case "pause" | "resume":
                await self._decide(move.what, *(["unused"] if move.what == "pause" else []))
                if grant is not None:
                    grant.resting = move.what == "pause"
            case "revoke":
                await self._decide("revoke")
                if grant is not None:
                    grant.over = True
            case "come" if grant is not None and not grant.once:
                await self._come()
            case "renew":
                await self._renew()

    # --- what they mean ----------------------------------------------------------------------------------

    def _agreed(
        self, asked: moves.Asked, form: dict[str, list[str]], scopes: Sequence[str], shelf: Shelf
    ) -> None:
        """A whole answer: it replaces what lives, or begins something new."""
        [duration] = form["duration"]
        once = duration == "once"
        ends = self.now + (10 * MINUTE if once else int(duration[:-1]) * DAY)
        shares = self._ticked(asked, form, scopes, shelf)
        grant = self.living
        if grant is None:
            self.grant = Grant(shares, asked.limit, ends, once, not once)
            return
        grant.shares, grant.limit, grant.ends = shares, asked.limit, ends
        grant.once, grant.away, grant.resting = once, not once, False

    def _changed(self, asked: moves.Asked, form: dict[str, list[str]], ask: Ask, shelf: Shelf) -> None:
        """An answer to a change: what was asked is as she says now, the rest as it was."""
        grant = self.living
        assert grant is not None
        grant.drop(ask.scopes)
        grant.shares |= self._ticked(asked, form, ask.scopes, shelf)
        if "frequency" in ask.elements or _stricter(asked.limit, grant.limit):
            grant.limit = asked.limit
        grant.resting = False

    def _ticked(
        self, asked: moves.Asked, form: dict[str, list[str]], scopes: Collection[str], shelf: Shelf
    ) -> dict[str, Share]:
        return {
            scope: model.share(
                scope,
                shelf,
                asked.fields.get(scope),
                [value.partition(":")[2] for value in form["hide"] if value.startswith(f"{scope}:")],
                future=scope in form["future"],
            )
            for scope in scopes
            if scope in REQUIRED or scope in form["scope"]
        }

    def _lets(self, scope: str, item: str) -> bool:
        share = None if self.living is None else self.living.shares.get(scope)
        return share is not None and share.lets(item)

    # --- the app -----------------------------------------------------------------------------------------

    async def _come(self) -> None:
        """She goes to the app, which gets tokens by a code."""
        grant = self.living
        assert grant is not None
        line = Line(grant, model.carries([*REQUIRED, *OPTIONAL, "offline_access"], grant))
        obtained = await self.reader.obtain(self.world)
        assert obtained is not None
        assert (obtained.refresh is not None) == grant.away
        self._hold(line, obtained)
        if grant.once:
            grant.ends = self.tokens[-1].dies

    async def _renew(self) -> None:
        line = next((line for line in reversed(self.lines) if line.refresh), None)
        if line is None or line.refresh is None:
            return
        obtained = await self.reader.renew(self.world, line.refresh)
        assert (obtained is not None) == (line.grant.lives(self.now) and line.grant.away)
        if obtained is not None:
            self._hold(line, obtained)

    def _hold(self, line: Line, obtained: Obtained) -> None:
        scopes = model.carries(line.scopes, line.grant)
        assert obtained.scopes == scopes
        dies = self.now + obtained.seconds * SECOND
        assert dies <= line.grant.ends
        line.refresh = obtained.refresh
        self.lines.append(line)
        self.tokens.append(Token(obtained.access, line, scopes, dies))

    async def look(self, scopes: Collection[str]) -> None:
        """Read with the newest tokens, and compare."""
        shelf = await self.world.shelf()
        for token in self.tokens[-3:]:
            for scope in scopes:
                if scope not in self.reader.scopes:
                    continue
                said = model.read(token, scope, shelf, self.now)
                seen = await self.reader.read(self.world, token.text, scope)
                assert seen.kind == said.kind, (scope, seen, said)
                if said.kind == "let out":
                    assert seen.body == self.reader.expect(scope, said.items), scope
                    self.let_out += 1
                elif said.kind == "too often":
                    assert seen.retry_after == -(-said.wait // SECOND)

    # --- means -------------------------------------------------------------------------------------------

    def _asked(self, asked: moves.Asked, duration: str | None = None) -> SharingRequest:
        scopes = [scope for scope in ("openid", "profile", *OPTIONAL) if scope in asked.scopes | REQUIRED]
        return asked_with(
            self.world,
            " ".join([*scopes, "offline_access"]),
            frequency=None if asked.limit is None else Frequency(*asked.limit),  # type: ignore[arg-type]  # a period
            fields={scope: fields for scope, fields in asked.fields.items() if scope in scopes},
            duration=duration,
        )

    def _form(self, form: moves.Form, scopes: Collection[str], shelf: Shelf) -> dict[str, list[str]]:
        """What she could tick of it on this page."""
        return {
            "scope": [scope for scope in scopes if scope in form.ticked],
            "hide": [
                f"{scope}:{one}"
                for scope in scopes
                if scope in SELECTABLE
                for one in _ids(shelf, scope, form.held)
            ],
            "future": [scope for scope in scopes if scope in form.future],
        }

    async def _decide(self, what: str, *arguments: Any) -> None:
        world = self.world
        async with world.server.db.transaction() as tx:
            standing = await find_standing(tx, world.person_id, world.client.id)
            if standing is not None:
                decide = getattr(world.decisions(), what)
                await decide(tx, standing.grant_id, *arguments, world.act(world.client))


def _ids(shelf: Shelf, scope: str, places: Collection[int]) -> list[str]:
    """The ids at these places, counted round and round."""
    items = shelf.get(DATASET[scope], ())
    return sorted({items[place % len(items)]["id"] for place in places}) if items else []


def _stricter(new: model.Limit | None, old: model.Limit | None) -> bool:
    """Whether no promise is broken by keeping the new one instead: as few reads, in as long a time."""
    if old is None or new is None:
        return old is None
    return new[0] <= old[0] and model.WINDOW[new[1]] >= model.WINDOW[old[1]]
