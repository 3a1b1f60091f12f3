"""`accord doctor`: whether this installation can work, and what to do where it cannot."""

import asyncio
from typing import Any

import typer

from foundation.errors import AccordError
from idp.commands.output import AsJson, err, out, settings_or_exit, show
from idp.context import Server
from idp.migrations.schema import current_revision, head_revision
from idp.running.health import readiness
from idp.running.key_care import key_findings
from idp.running.log_care import restore_findings
from idp.running.opening import open_server


def doctor(as_json: AsJson = False) -> None:
    """Check settings, schema, keys and ledger; exit 1 when something needs care."""
    findings = _examine()
    if as_json:
        show({"ok": all(one["ok"] for one in findings), "checks": findings}, as_json=True)
    for one in [] if as_json else findings:
        mark = "[green]ok[/]" if one["ok"] else "[bold red]no[/]"
        out.print(f"{mark}  {one['check']}: {one['says']}", highlight=False)
    if not all(one["ok"] for one in findings):
        err.print("See the lines marked no.")
        raise typer.Exit(1)


def _examine() -> list[dict[str, Any]]:
    settings = settings_or_exit()
    findings = [_finding("settings", True, f"issuer {settings.issuer_url}")]
    try:
        current = current_revision(settings.storage_url)
    except AccordError as error:
        return [*findings, _finding("database", False, error.detail or error.description)]
    at_head = current == head_revision()
    says = f"at {current}" if at_head else f"at {current or 'none'}: run `accord db upgrade`"
    findings.append(_finding("schema", at_head, says))
    if not at_head:
        return findings
    try:
        return findings + _opened()
    except AccordError as error:
        return [*findings, _finding("opening", False, error.description)]


def _opened() -> list[dict[str, Any]]:
    async def work() -> list[dict[str, Any]]:
        async with open_server(settings_or_exit()) as server:
            return await _ready(server)

    return asyncio.run(work())


async def _ready(server: Server) -> list[dict[str, Any]]:
    says = {
        "database": "answers, and the master key opens it",
        "keys": "every purpose has an active key",
        "ledger": "up to date",
    }
    found = [
        _finding(name, ok, says[name] if ok else "not so") for name, ok in (await readiness(server)).items()
    ]
    more = [*await key_findings(server), *await restore_findings(server)]
    return [*found, *(_finding(*one) for one in more)]


def _finding(check: str, ok: bool, says: str) -> dict[str, Any]:
    return {"check": check, "ok": ok, "says": says}
