"""`accord person` and `accord auditor`: accounts made by an operator."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from consent.profile.document import Document, import_document, parse_document
from consent.profile.problems import ProfileError
from consent.profile.store import Owner
from foundation.database import ConflictError
from foundation.errors import AccordError
from idp.commands.output import AsJson, err, fail, show, with_server
from idp.context import Server
from idp.people.accounts import Role, find_by_digest
from idp.people.addresses import digest_of_text
from idp.people.ages import of_age_by_profile, still_minor, today
from idp.people.hashing import Hasher
from idp.people.locking import lock
from idp.people.opening import NewAccount, create_account, draft_account

person_group = typer.Typer(no_args_is_help=True, help="People: those whose profile can be shared.")
auditor_group = typer.Typer(no_args_is_help=True, help="Auditors: those who inspect the ledger.")

Email = Annotated[str, typer.Option(help="The address to sign in with; it counts as confirmed.")]
OpenEmail = Annotated[str, typer.Option(help="The address that the account signs in with.")]
Password = Annotated[str, typer.Option(help="The password to sign in with.")]


@person_group.command("add")
def add_person(
    email: Email,
    password: Password,
    from_file: Annotated[
        Path | None, typer.Option("--from", help="A profile as JSON (docs/profile.md).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a person's account, with her profile when a file gives it."""
    document = None if from_file is None else _read_profile(from_file)
    show(_add(email, password, "person", document), as_json=as_json)


@person_group.command("lock")
def lock_person(email: OpenEmail, as_json: AsJson = False) -> None:
    """Lock an account: nobody signs in to it any more, every session of it ends, and apps are told."""

    async def work(server: Server) -> dict[str, Any]:
        async with server.db.transaction() as tx:
            account = await find_by_digest(tx, digest_of_text(server.secrets.lookup, email))
            parted = None if account is None else await lock(server, tx, account.id, server.clock.now())
        if parted is None:
            raise AccordError("no_such_account", f"{email} has no account that is open.")
        return {"email": email, "sessions_ended": parted.sessions, "apps_told": parted.told}

    show(with_server(work), as_json=as_json)


@auditor_group.command("add")
def add_auditor(email: Email, password: Password, as_json: AsJson = False) -> None:
    """Make an auditor's account: it reads the ledger and changes nothing."""
    show(_add(email, password, "auditor", None), as_json=as_json)


def _read_profile(path: Path) -> Document:
    try:
        return parse_document(path.read_bytes())
    except OSError as error:
        raise fail(f"--from {path}: {error.strerror}") from None
    except ProfileError as error:
        problems = "\n".join(f"  {problem.path}: {problem.english}" for problem in error.problems)
        raise fail(f"--from {path} is not a profile:\n{problems}") from None


def _add(email: str, password: str, role: Role, document: Document | None) -> dict[str, Any]:
    async def work(server: Server) -> dict[str, Any]:
        try:
            return await add_account(server, email, password, role, document)
        except ConflictError:
            raise AccordError("email_taken", f"{email} already has an account.") from None

    if len(password) < 8:
        err.print("[yellow]This password is weaker than the site would accept from a person.[/]")
    return with_server(work)


def _of_age_on(document: Document | None, now: int) -> date | None:
    """The day on which the holder of a profile turns 15; None for who is, or does not say."""
    shelf = {name: [item.model_dump() for item in items] for name, items in (document or {}).items()}
    day = of_age_by_profile(shelf)
    return day if still_minor(day, today(now)) else None


async def add_account(
    server: Server, email: str, password: str, role: Role, document: Document | None = None
) -> dict[str, Any]:
    """Make an account and its profile in one unit; what to print. Raises ConflictError when it exists."""
    hasher = Hasher()
    try:
        age = _of_age_on(document, server.clock.now())
        new = NewAccount(email, password, role=role, of_age_on=age, allow_weak_password=True)
        draft = await draft_account(hasher, new)
    finally:
        hasher.close()
    now = server.clock.now()
    async with server.db.transaction() as tx:
        holder = await create_account(tx, server, draft, now)
        if document is not None:
            await import_document(tx, Owner(holder.id, holder.person.data_key), document, now)
    return {"person_id": holder.id, "email": email, "role": role}
