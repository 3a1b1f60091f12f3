"""`accord witness`: watch logs, and cosign what extends what was seen before."""

import time
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from consent.ledger.notes.note import NoteError, Verifier
from idp.commands.output import AsJson, err, fail, show
from idp.commands.serve import insist_on_port
from idp.witness.app import WitnessApp
from idp.witness.judging import Witness
from idp.witness.key import WitnessKey, make_key, read_key
from idp.witness.state import State

group = typer.Typer(no_args_is_help=True, help="A witness of logs, ours or others' (C2SP tlog-witness).")
DataDir = Annotated[Path, typer.Option(help="Where its key and its memory are; nothing else of Accord's.")]
Name = Annotated[str | None, typer.Option(help="For a new key: its name, such as witness.example.org/1.")]


@group.command("key")
def witness_key(data_dir: DataDir = Path("witness"), name: Name = None, as_json: AsJson = False) -> None:
    """Print the witness's public key, to be put into policy files; with --name, make it first."""
    show({"vkey": _key(data_dir, name).cosigner.vkey}, as_json=as_json)


@group.command("serve")
def serve_witness(
    log: Annotated[list[str], typer.Option(help="Public key (vkey) of a log to watch; repeatable.")],
    data_dir: DataDir = Path("witness"),
    name: Name = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8010,
) -> None:
    """Answer logs until stopped. Behind a proxy that speaks TLS, as any server."""
    logs = [_verifier(vkey) for vkey in log]
    key = _key(data_dir, name)
    try:
        state = State(data_dir)
    except FileNotFoundError as error:
        raise fail(
            f"{error} is gone. A key without its memory could sign a fork: restore it, or make a new key."
        ) from None
    insist_on_port(host, port, "--port")
    err.print(f"witness {key.cosigner.vkey}", highlight=False, soft_wrap=True, markup=False)
    witness = Witness(key, state, logs, lambda: int(time.time()))
    try:
        uvicorn.run(
            WitnessApp(witness, f"{key.cosigner.vkey}\n"),
            host=host,
            port=port,
            access_log=False,
            log_config=None,
            server_header=False,
        )
    finally:
        state.close()


def _key(data_dir: Path, name: str | None) -> WitnessKey:
    """The key of a folder; made with an empty memory where there is neither yet."""
    try:
        found = read_key(data_dir)
        if found is None and name is None:
            raise fail(f"{data_dir} has no key yet: --name makes one")
        if found is None:
            data_dir.mkdir(parents=True, exist_ok=True)
            State.begin(data_dir)  # first: a key never stands without its memory
            return make_key(data_dir, name or "")
    except (NoteError, OSError) as error:
        raise fail(str(error)) from None
    if name is not None and name != found.cosigner.name:
        raise fail(f"the key in {data_dir} has the name {found.cosigner.name}")
    return found


def _verifier(vkey: str) -> Verifier:
    try:
        return Verifier.from_vkey(vkey)
    except NoteError as error:
        raise fail(f"--log: {error}") from None
