"""`accord receipt`: check a receipt with files alone. No account, no database, no network."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from consent.ledger.notes.policy import Policy, unwitnessed
from consent.records.offline import Paper, Proof, check, read_keys, read_paper, with_proof
from consent.records.receipts import ReceiptError
from consent.records.telling import told
from foundation.clock import SECOND, to_datetime
from idp.commands.ledger_files import pinned_key, read_policy
from idp.commands.output import AsJson, err, fail, out, settings_or_exit, show
from idp.receipts.published import KEY_FILE

group = typer.Typer(
    no_args_is_help=True, help="Receipts: what people, apps and auditors hold in their hands."
)

_SAID = {
    "signed": "signed by one of these keys, and not altered since",
    "issuer": "issued by the server whose keys these are",
    "in_words": "what the file says in clear is what was signed",
    "leaf": "the ledger's leaf that came along is its own, and names this decision",
    "logged": "its place in the ledger is proved under a head that the log's key signed",
    "promised": "its place in the ledger was promised under the same signature, provable by {deadline}",
}
_NOT_SAID = {
    "leaf": "the ledger's leaf did not come along",
    "logged": "its place in the ledger: no proof came along, or nothing says which log to trust;"
    " its .tlog-proof is at ISSUER/ledger/tlog-proof?event_id=…, and past the deadline it has to be",
}
_NEVER = (
    "who the person is: she is named by an identifier that this app alone knows",
    "that it still holds: it says what was decided then, which may have been withdrawn since",
)


@group.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="The receipt, or the file of one; - for standard input.")],
    keys: Annotated[
        Path | None,
        typer.Option(
            help="The keys you trust, as ISSUER/receipts/jwks published them;"
            f" else {KEY_FILE} of this server's data directory."
        ),
    ] = None,
    issuer: Annotated[
        str | None, typer.Option(help="URL of the server it must come from; else the key file's.")
    ] = None,
    proof: Annotated[Path | None, typer.Option(help="The .tlog-proof that came beside it.")] = None,
    vkey: Annotated[
        str | None, typer.Option(help="The log's key as you pinned it; else the key file's.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Your policy file (tlog-policy): logs, and witnesses that must agree.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a receipt proves. Exit 0 when it is what it says, 1 when not, 2 without keys to trust."""
    trusted = keys or settings_or_exit().data_dir / KEY_FILE
    try:
        paper = read_paper(_read(file))
        if proof is not None:
            paper = with_proof(paper, _read(proof))
        found = check(paper, read_keys(_read(trusted, keys=True)), issuer, _policy(vkey, policy))
    except ReceiptError as error:
        if as_json:
            show({"valid": False, "code": error.code, "reason": str(error)}, as_json=True)
            raise typer.Exit(1) from None
        raise fail(f"this receipt proves nothing: {error} ({error.code})") from None
    show(_document(paper, found), as_json=True) if as_json else _tell(found)


def _policy(vkey: str | None, policy: Path | None) -> Policy | None:
    if policy is not None:
        return read_policy(policy)
    return None if vkey is None else unwitnessed(pinned_key(vkey))


def _read(path: Path, *, keys: bool = False) -> bytes:
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError:
        if keys:
            raise fail(
                "no keys to trust: give --keys FILE, as the server publishes it at /receipts/jwks."
                " Keep that file: it goes on checking receipts when the server is gone",
                code=2,
            ) from None
        raise fail(f"{path} cannot be read", code=2) from None


def _document(paper: Paper, proof: Proof) -> dict[str, Any]:
    return {
        "valid": True,
        "proved": list(proof.steps),
        "not_proved": list(proof.missing),
        "kid": proof.kid,
        "position": proof.position,
        "tree_size": proof.tree_size,
        "witnesses": list(proof.witnesses),
        "receipt": paper.receipt,
        "claims": proof.claims,
    }


def _tell(proof: Proof) -> None:
    record = told(proof.claims["record"])
    at = to_datetime(record.at).isoformat(timespec="seconds")
    out.print(f"[bold green]Valid.[/] Consent {record.state}, {at}", highlight=False)
    out.print(f"  to {record.recipient} ({record.service}), because: {record.purpose['en']}", highlight=False)
    for one in record.scopes:
        out.print(f"  {one.scope}: {one.decision}", highlight=False)
    out.print("Proved:", highlight=False)
    deadline = to_datetime(proof.claims["ledger"].get("promised_by", 0) * SECOND).isoformat()
    seen_by = f", witnessed by {', '.join(proof.witnesses)}" if proof.witnesses else ""
    for name in proof.steps:
        place = f" (position {proof.position} of {proof.tree_size}{seen_by})" if name == "logged" else ""
        said = _SAID[name].format(deadline=deadline)
        out.print(f"  - {said}{place}", highlight=False, soft_wrap=True, markup=False)
    err.print("Not proved:", highlight=False)
    for text in (*(_NOT_SAID[name] for name in proof.missing), *_NEVER):
        err.print(f"  - {text}", highlight=False, soft_wrap=True)
