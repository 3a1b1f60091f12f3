"""`accord ledger export --format …` and `accord ledger check`: the console's exports, made and checked."""

from collections.abc import Callable, Mapping
from datetime import UTC
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from consent.ledger.notes.policy import Policy, unwitnessed
from consent.ledger.public import head_or_wait
from consent.ledger.witnessing.witnessed import read_taken
from consent.pages.console import Query, read_query
from consent.taking.checking import ExportError, check_export
from consent.taking.exports import locked
from consent.taking.formats import FormatName
from consent.taking.job import Job, begin, is_blank, load, order_of
from consent.taking.making import make
from consent.taking.parquet import require_parquet
from consent.taking.unpacked import check_dossier, check_event
from foundation.errors import AccordError
from foundation.ids import new_id
from foundation.web.forms import Form
from idp.commands.ledger_files import pinned_key, read_policy
from idp.commands.output import AsJson, err, fail, guarded, show, with_server
from idp.commands.progress import watched
from idp.context import Server

_OPERATOR = "operator"


def export_as(form: FormatName, filters: list[str], to: Path | None) -> None:
    """Write an export, its proof and its manifest into a directory; one that was cut goes on."""
    if to is None:
        raise fail("an export is three files: name a directory with --to", code=2)
    query = _query(filters)
    begun = _begun(to, form, query)
    if form == "parquet":
        guarded(require_parquet)

    async def work(server: Server) -> Job:
        job = begun or await _begin(server, form, query, to)
        with locked(to) as ours, watched("positions") as progress:
            if not ours:
                raise AccordError("in_the_making", f"Another process is making {to}.")
            job = load(to) or job  # it may have come further
            if job.come.state == "making":
                return await make(server.db, job, server.clock, progress)
            job.tidy()
            return job

    job = with_server(work)
    if job.come.state == "failed":
        raise fail("a part of the log that proves it is missing or damaged: see accord ledger verify")
    err.print(f"{job.come.rows} events written: {job.manifest}", highlight=False, soft_wrap=True)


def _begun(to: Path, form: FormatName, query: Query) -> Job | None:
    begun = load(to)
    if begun is None and not is_blank(to):
        raise fail(f"{to} is there already, and is no export", code=2)
    if begun is not None and (begun.order.format, dict(begun.order.typed)) != (form, dict(query.values)):
        raise fail(f"{to} holds another export", code=2)
    return begun


def _query(filters: list[str]) -> Query:
    typed = dict(one.partition("=")[::2] for one in filters)
    query = read_query(Form({name: [value] for name, value in typed.items()}), UTC)
    unread = {*query.wrong, *(typed.keys() - query.values.keys())}
    if unread:
        raise fail(f"--filter is name=value, as the console has them; not so: {', '.join(unread)}", code=2)
    return query


async def _begin(server: Server, form: FormatName, query: Query, to: Path) -> Job:
    origin, now = server.sequencer.verifier.name, server.clock.now()
    async with server.db.reading() as tx:
        head = await head_or_wait(read_taken(tx, origin))
    asked: Mapping[str, object] = {"format": form, "typed": query.values, "filters": query.filters}
    return begin(to, order_of(head, origin, id=new_id(now), owner_id=_OPERATOR, made_at=now, **asked))


class _Wanted(NamedTuple):
    export: Path | None
    dossier: Path | None
    leaf: Path | None
    proof: Path | None


def check(
    export: Annotated[
        Path | None, typer.Option(help="The manifest of an export, its files beside it.")
    ] = None,
    dossier: Annotated[Path | None, typer.Option(help="The directory of an unpacked dossier.")] = None,
    leaf: Annotated[Path | None, typer.Option(help="A leaf, byte for byte; with --proof.")] = None,
    proof: Annotated[Path | None, typer.Option(help="Its .tlog-proof; with --leaf.")] = None,
    vkey: Annotated[str | None, typer.Option(help="The log's public key, as you pinned it.")] = None,
    policy: Annotated[Path | None, typer.Option(help="Or your policy file (tlog-policy).")] = None,
    as_json: AsJson = False,
) -> None:
    """Check what the console exported with files alone: no database, no network. Exit 1 when it lies."""
    if (vkey is None) == (policy is None):
        raise fail("say whom you trust: --vkey or --policy, and never from what you check", code=2)
    trusted = unwitnessed(pinned_key(vkey or "")) if policy is None else read_policy(policy)
    work = _checker(_Wanted(export, dossier, leaf, proof))
    try:
        found = work(trusted)
    except ExportError as error:
        if as_json:
            show({"ok": False, "reason": str(error)}, as_json=True)
            raise typer.Exit(1) from None
        raise fail(str(error)) from None
    show({"ok": True, **found}, as_json=as_json)


def _checker(wanted: _Wanted) -> Callable[[Policy], dict[str, int | bool]]:
    export, dossier, leaf, proof = wanted
    given = [one is not None for one in (export, dossier, leaf)]
    if sum(given) == 1 and (leaf is None) == (proof is None):
        if export is not None:
            return lambda policy: check_export(export, policy)._asdict()
        if dossier is not None:
            return lambda policy: check_dossier(dossier, policy)._asdict()
        if leaf is not None and proof is not None:
            return lambda policy: {"position": check_event(leaf, proof, policy)}
    raise fail("name one thing to check: --export, --dossier, or --leaf with --proof", code=2)
