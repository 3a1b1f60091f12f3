"""`accord db`: the schema."""

import typer

from idp.backup.on_sqlite import check_finished
from idp.commands.output import AsJson, fail, guarded, settings_or_exit, show
from idp.migrations.schema import current_revision, head_revision, upgrade

group = typer.Typer(no_args_is_help=True, help="The database's schema.")


@group.command("upgrade")
def upgrade_schema(as_json: AsJson = False) -> None:
    """Bring the database to this version's schema; safe to run again."""
    url = settings_or_exit().storage_url
    if url.startswith("sqlite:"):
        guarded(lambda: check_finished(url.removeprefix("sqlite:///")))
    before = guarded(lambda: current_revision(url))
    guarded(lambda: upgrade(url))
    show({"before": before or "empty", "now": head_revision()}, as_json=as_json)


@group.command("check")
def check(as_json: AsJson = False) -> None:
    """Say whether the database is at this version's schema; exit 1 when it is not."""
    current = guarded(lambda: current_revision(settings_or_exit().storage_url))
    show({"current": current or "empty", "wanted": head_revision()}, as_json=as_json)
    if current != head_revision():
        raise fail("run `accord db upgrade`")
