"""`accord backup`, `accord restore`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from foundation.clock import SystemClock
from idp.backup.making import make_backup, matched, put_back
from idp.backup.manifest import KEYS
from idp.commands.output import AsJson, err, guarded, settings_or_exit, show, with_server
from idp.commands.progress import watched
from idp.context import Server
from idp.migrations.schema import upgrade
from idp.running.alone import only_server


def backup(
    to: Annotated[Path, typer.Option(help="A fresh folder: one a backup.")], as_json: AsJson = False
) -> None:
    """Copy the database, people's keys apart, and the log as files; beside a server at work."""

    async def work(server: Server) -> dict[str, Any]:
        return (await make_backup(server, to, watched)).told()

    made = with_server(work)
    show(made, as_json=as_json)
    keys, until = to / KEYS, made["keys_until"][:10]
    err.print(
        f"Destroy {keys} by {until}: whoever is erased is gone once no backup has her keys. "
        "The list of erasures and the master key are not in it: keep both apart.",
        soft_wrap=True,
    )


def restore(
    source: Annotated[Path, typer.Option("--from", help="The folder of a backup.")],
    without_keys: Annotated[
        bool, typer.Option(help="Put the database back beside the keys that are there.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup back in place of what is there, while no server runs; erase again whom it brought back."""
    settings = settings_or_exit()
    if not yes:
        typer.confirm("Replace what is there?", abort=True, err=True)

    def work() -> dict[str, Any]:
        if settings.on_sqlite:  # on a machine that has nothing yet, too
            Path(settings.storage_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        with only_server(settings):
            manifest = put_back(settings, source, SystemClock().now(), keys=not without_keys)
            upgrade(settings.storage_url)
            return manifest.told()

    made = guarded(work)

    async def see(server: Server) -> dict[str, Any]:
        return (await matched(server))._asdict()

    show(made | with_server(see), as_json=as_json)
    err.print("Start one server first: it settles under which name the log goes on.")
