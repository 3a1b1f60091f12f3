"""What every subcommand shares: settings from the environment, an open server, two ways to show a result."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterable
from typing import Annotated, Any, TypeVar

import orjson
import typer
from rich.console import Console

from foundation.errors import AccordError
from foundation.settings import Settings, load_settings
from idp.context import Server
from idp.running.opening import open_server, prepare_schema

ResultT = TypeVar("ResultT")
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]

# Results go to standard output, everything said along the way to standard error.
out = Console()
err = Console(stderr=True)


def fail(message: str, *, code: int = 1) -> typer.Exit:
    """An error that a person can act on, said and ready to raise."""
    err.print(f"[bold red]Error:[/] {message}", highlight=False)
    return typer.Exit(code)


def show(result: dict[str, Any], *, as_json: bool) -> None:
    """A result: one JSON document, or a line per field."""
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")
        return
    for name, held in result.items():
        value = ", ".join(str(one) for one in _each(held)) if isinstance(held, (list, tuple, dict)) else held
        out.print(f"[dim]{name.replace('_', ' ')}[/]  {value}", highlight=False, soft_wrap=True)


def _each(held: list[Any] | tuple[Any, ...] | dict[str, Any]) -> Iterable[Any]:
    return (f"{name} {value}" for name, value in held.items()) if isinstance(held, dict) else held


def settings_or_exit(**given: object) -> Settings:
    """The settings, or a clear refusal."""
    try:
        return load_settings(**given)
    except AccordError as error:
        raise fail(error.description, code=2) from None


def with_server(work: Callable[[Server], Coroutine[Any, Any, ResultT]]) -> ResultT:
    """Run `work` on an open server (no HTTP), turning refusals into clear errors."""
    settings = settings_or_exit()

    async def run() -> ResultT:
        async with open_server(settings) as server:
            return await work(server)

    return guarded(lambda: _checked(settings, run))


def _checked(settings: Settings, run: Callable[[], Coroutine[Any, Any, ResultT]]) -> ResultT:
    prepare_schema(settings)
    return asyncio.run(run())


def guarded(work: Callable[[], ResultT]) -> ResultT:
    """Run `work`; an AccordError becomes a message and an exit code."""
    try:
        return work()
    except AccordError as error:
        detail = f" ({error.detail})" if error.detail else ""
        raise fail(error.description + detail) from None
