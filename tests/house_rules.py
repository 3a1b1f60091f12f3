"""The rules that a linter does not know: functions from a text or a folder to what is wrong with it."""

import ast
import io
import re
import statistics
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

ROOMS = ("idp", "consent", "keys", "foundation")
PROGRAMS = (*ROOMS, "examples", "bench", "tests")
# What a run makes, or somebody else wrote.
_NOT_OURS = {"node_modules", "out", "var", "build", "dist", "__pycache__"}
_TEXTS = {".py", ".md", ".html", ".css", ".js", ".mjs", ".toml", ".json", ".po", ".txt", ".yaml", ".svg", ""}

FILE_LINES, FILE_MEDIAN = 300, 110
FUNCTION_LINES, FUNCTION_MEDIAN, FUNCTION_USUAL = 50, 10, 30

_EXCEPTION = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:|mypy:|ruff:|pyright:)")
_CODES = (
    r"noqa: [A-Z]+\d+(, ?[A-Z]+\d+)*",
    r"type: ignore\[[a-z-]+(, ?[a-z-]+)*\]",
    r"pragma: no (cover|branch)",
)
_EXPLAINED = re.compile(rf"(#\s*({'|'.join(_CODES)})\s+)+#.*\w{{3,}}")
_UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError|lorem ipsum")
# Written in pieces, so that this file does not break its own rule.
_FOLDERS = ("wo" + "rk", "ro" + "ot", "fa" + "rm", "ho" + "me")
_REGISTRIES = (
    "py" + "pi.org",
    "python" + "hosted",
    "npm" + "js.org",
    "npm" + "js.com",
    "deb" + ".debian.org",
)
_HOSTS = "|".join(re.escape(host) for host in _REGISTRIES)
_TRACES = re.compile(rf"(?<![\w./-])/({'|'.join(_FOLDERS)})/[\w./-]+|{_HOSTS}")


def sources(root: Path, *folders: str) -> Iterator[Path]:
    """Python files of ours under these folders of the repository."""
    for folder in folders:
        yield from (path for path in sorted((root / folder).rglob("*.py")) if _ours(root, path))


def texts(root: Path) -> Iterator[Path]:
    """Every text of ours."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix in _TEXTS and _ours(root, path) and ".coverage" not in path.name:
            yield path


def _ours(root: Path, path: Path) -> bool:
    parts = path.relative_to(root).parts[:-1]
    return not any(
        part in _NOT_OURS or part.endswith(".egg-info") or (part.startswith(".") and part != ".ci")
        for part in parts
    )


def said(root: Path, paths: Iterator[Path], rule: Callable[[str], Iterator[str]]) -> list[str]:
    """What a rule of texts says of each file."""
    return [
        f"{path.relative_to(root)}: {what}"
        for path in paths
        for what in rule(path.read_text("utf-8", errors="replace"))
    ]


def sizes(root: Path) -> Iterator[str]:
    """Budgets that keep rooms liveable."""
    files: dict[str, int] = {}
    functions: dict[str, int] = {}
    for path in sources(root, *ROOMS):
        where, text = str(path.relative_to(root)), path.read_text("utf-8")
        files[where] = len(text.splitlines())
        functions |= {f"{where}:{line} {name}": lines for line, name, lines in _functions(text)}
    yield from _beyond(files, FILE_LINES, FILE_MEDIAN)
    yield from _beyond(functions, FUNCTION_LINES, FUNCTION_MEDIAN)
    usual = sum(lines <= FUNCTION_USUAL for lines in functions.values())
    if usual < 0.9 * len(functions):
        yield f"{usual} of {len(functions)} functions have {FUNCTION_USUAL} lines or fewer: not 90 %"


def _beyond(counted: dict[str, int], most: int, median: int) -> Iterator[str]:
    yield from (
        f"{where}: {lines} lines, more than {most}" for where, lines in counted.items() if lines > most
    )
    found = statistics.median(counted.values()) if counted else 0
    if found > median:
        yield f"the median has {found} lines, more than {median}"


def _functions(text: str) -> Iterator[tuple[int, str, int]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def unexplained(text: str) -> Iterator[str]:
    """Exceptions to a linter or type checker without a code and, beside it, a reason."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        excepting = token.type == tokenize.COMMENT and _EXCEPTION.search(token.string)
        if excepting and not _EXPLAINED.search(token.string):
            yield f"line {token.start[0]}: {token.string}"


def unexplained_settings(text: str) -> Iterator[str]:
    """Rules that pyproject.toml lets go of without a comment beside them."""
    ignoring = table = False
    for line in text.splitlines():
        if line.startswith("["):
            table = line == "[tool.ruff.lint.per-file-ignores]"
        elif line.endswith("["):
            ignoring = table or line.startswith("ignore")
        elif line.startswith("]"):
            ignoring = False
        elif ignoring and "#" not in line:
            yield line.strip()


def silent_folders(root: Path) -> Iterator[str]:
    """Folders of code that do not open with what they are for; in the rooms, with what they own."""
    for folder in sorted({path.parent for path in sources(root, *PROGRAMS)}):
        where = folder.relative_to(root)
        if not all(part.isidentifier() for part in where.parts):
            continue  # not a package: a peer's own program
        opening = folder / "__init__.py"
        word = ast.get_docstring(ast.parse(opening.read_text("utf-8"))) if opening.exists() else ""
        if not word or (where.parts[0] in ROOMS and "Owns" not in word):
            yield str(where)


def silent_code(text: str) -> Iterator[str]:
    """A module, or a public class of it, without a word. (The row of a statement is its columns.)"""
    tree = ast.parse(text)
    if tree.body and not ast.get_docstring(tree):
        yield "the module"
    for node in tree.body:
        public = isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        if public and not node.name.endswith("Row") and not ast.get_docstring(node):
            yield f"class {node.name}"


def imported(text: str) -> set[str]:
    """The top-level packages that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def unfinished(text: str) -> Iterator[str]:
    """Marks of what somebody meant to do later."""
    yield from (match.group() for match in _UNFINISHED.finditer(text))


def machine_traces(text: str) -> Iterator[str]:
    """Paths of somebody's machine, and hosts of package registries, which a mirror replaces."""
    yield from (match.group() for match in _TRACES.finditer(text))
