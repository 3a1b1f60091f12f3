"""Golden tables: what stands in tests/golden/*.txt is what the server has; a change shows as a diff to read.

ACCORD_GOLDEN=write writes them anew; the change is then reviewed like any other.
"""

import ast
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from authlib.oauth2 import rfc6749

from tests.support import ROOT

FOLDER = ROOT / "tests" / "golden"
ROOMS = ("foundation", "keys", "consent", "idp")


def hold_to(name: str, lines: Iterable[str]) -> None:
    """Assert that `lines` are those of the golden file."""
    path, found = FOLDER / f"{name}.txt", list(lines)
    if os.environ.get("ACCORD_GOLDEN") == "write":
        path.write_text("\n".join(found) + "\n", "utf-8")
    assert found == path.read_text("utf-8").splitlines(), f"ACCORD_GOLDEN=write renews {path.name}"


class Code(NamedTuple):
    """One place where an error is made. status: HTTP status, 0 where a redirect carries it."""

    code: str
    status: int
    module: str


def error_codes() -> list[Code]:
    """Every error code that our source can give, found in the source."""
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return sorted({code for path in files for code in _codes_in(path)})


def _codes_in(path: Path) -> Iterator[Code]:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        found = _made_by(node) if isinstance(node, ast.Call) else _redirected(node)
        if found is not None:
            yield Code(*found, module)


def _redirected(node: ast.AST) -> tuple[str, int] | None:
    """The code of a `{"error": "…"}` written by hand."""
    if isinstance(node, ast.Dict) and node.keys and isinstance(node.keys[0], ast.Constant):
        code = _text(node.values[0]) if node.keys[0].value == "error" else None
        return None if code is None else (code, 0)
    return None


def _made_by(call: ast.Call) -> tuple[str, int] | None:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    known = getattr(rfc6749, name, None)
    if isinstance(known, type) and issubclass(known, rfc6749.OAuth2Error):
        return str(known.error), 400
    ours = name in {"AccordError", "OutboundError", "refuse_unknown"}
    raises_ours = ours or (name == "__init__" and _is_super(call.func))
    if not call.args or not (raises_ours or name in {"Refusal", "Refused"}):
        return None
    code = _text(call.args[0])
    if code is None or code == "server_error":
        return None
    return code, _status(call) if raises_ours else 0


def _is_super(func: ast.expr) -> bool:
    made = func.value if isinstance(func, ast.Attribute) else None
    return isinstance(made, ast.Call) and isinstance(made.func, ast.Name) and made.func.id == "super"


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
        return node.value
    if isinstance(node, ast.JoinedStr):
        text = "".join(str(p.value) if isinstance(p, ast.Constant) else "*" for p in node.values)
        return None if " " in text else text
    return None


def _status(call: ast.Call) -> int:
    for keyword in call.keywords:
        if keyword.arg == "status":
            return keyword.value.value if isinstance(keyword.value, ast.Constant) else 0
    return 400
