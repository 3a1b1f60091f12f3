"""The `accord` command: the groups of idp/commands, assembled."""

import typer

from idp.commands import (
    backup,
    client_requests,
    client_review,
    client_tokens,
    clients,
    database,
    declarations,
    demo,
    doctor,
    keys,
    ledger,
    ledger_proof,
    people,
    rights,
    rome,
    serve,
    signals,
    witness,
)
from idp.commands.duties import breach_group, register_group
from idp.commands.figures import figures
from idp.commands.receipts import group as receipts
from idp.commands.retention import retention, retire_month

app = typer.Typer(
    name="accord",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Accord: a consent server that people, apps and auditors can trust.",
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.add_typer(database.group, name="db")
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
clients.group.command("requests")(client_requests.requests)
clients.group.command("changed")(client_review.changed)
clients.group.command("resume")(client_review.resume)
clients.group.command("show")(declarations.show_one)
clients.group.command("approve")(declarations.approve)
clients.group.command("refuse")(declarations.refuse)
clients.group.add_typer(client_tokens.group, name="token")
app.add_typer(clients.group, name="client")
people.person_group.command("erase")(rights.erase_person)
app.add_typer(people.person_group, name="person")
app.add_typer(rights.evidence_group, name="evidence")
app.add_typer(people.auditor_group, name="auditor")
app.add_typer(keys.group, name="keys")
app.add_typer(receipts, name="receipt")
ledger.group.command("retention")(retention)
ledger.group.command("retire")(retire_month)
ledger.group.command("figures")(figures)
ledger.group.command("proof")(ledger_proof.proof)
app.add_typer(ledger.group, name="ledger")
app.add_typer(register_group, name="register")
app.add_typer(breach_group, name="breach")
app.add_typer(rome.group, name="rome")
app.add_typer(signals.group, name="signals")
app.add_typer(witness.group, name="witness")


def main() -> None:
    """Entry point of the command."""
    app()


if __name__ == "__main__":
    main()
