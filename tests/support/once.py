"""What every test would work out again from the same input, worked out once a process.

Templates and paths are compiled, catalogues read, RSA keys checked and parameters of pages understood by the
same code as ever; a second server of the same process gets the answers of the first. Nothing here is a
stand-in: each answer is the real one, kept.
"""

import gettext
import inspect
from collections.abc import Callable, Iterable
from functools import cache, partialmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import orjson
from fastapi import routing as pages
from fastapi.dependencies import utils as dependencies
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from joserfc.jwk import RSAKey
from starlette import routing

from consent.rome import subset
from foundation.web import i18n

if TYPE_CHECKING:
    from types import CodeType

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


class _Compiled(BytecodeCache):
    """Compiled templates, by everything that their code depends on."""

    def __init__(self) -> None:
        self._codes: dict[tuple[Any, ...], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get(self._key(bucket))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._codes[self._key(bucket)] = bucket.code

    @staticmethod
    def _key(bucket: Bucket) -> tuple[Any, ...]:
        made = bucket.environment
        return (
            *(bucket.key, bucket.checksum, made.trim_blocks, made.lstrip_blocks, made.is_async),
            *(frozenset(made.extensions), made.policies["ext.i18n.trimmed"]),
            *(
                getattr(made.autoescape, "__qualname__", made.autoescape),
                getattr(made, "newstyle_gettext", None),
            ),
        )


def work_out_once() -> None:
    """For the rest of the process."""
    Environment.__init__ = partialmethod(Environment.__init__, bytecode_cache=_Compiled())
    _read_catalogues_once()
    _check_keys_once()
    _read_the_subset_once()
    _read_signatures_once()
    _compile_paths_once()
    _understand_parameters_once()


def _read_catalogues_once() -> None:
    read, kept = i18n._merged, dict[tuple[Any, ...], Any]()

    def merged(folders: Iterable[Path], tag: str) -> gettext.GNUTranslations:
        folders = list(folders)
        files = [folder / f"{tag}.po" for folder in folders]
        states = [(file, file.stat().st_mtime_ns, file.stat().st_size) for file in files if file.exists()]
        key = (tag, *states)
        if key not in kept:
            kept[key] = read(folders, tag)
        return kept[key]

    i18n._merged = merged


def _check_keys_once() -> None:
    binding = RSAKey.binding
    check, kept = binding.import_private_key, dict[tuple[Any, ...], Any]()

    def import_private_key(_cls: object, numbers: Any) -> "RSAPrivateKey":
        key = tuple(str(numbers.get(name)) for name in ("n", "e", "d", "p", "q", "dp", "dq", "qi", "oth"))
        if key not in kept:
            kept[key] = check(numbers)
        return kept[key]

    binding.import_private_key = classmethod(import_private_key)


def _read_the_subset_once() -> None:
    read, kept = subset._rows, dict[bytes, list[Any]]()

    def rows(data: dict[str, Any]) -> list[Any]:
        key = orjson.dumps(data)
        if key not in kept:
            kept[key] = read(data)
        return list(kept[key])

    subset._rows = rows


def _read_signatures_once() -> None:
    """Of methods: every server has its own bound ones, of the same functions."""
    for name in ("_get_signature", "get_typed_signature"):
        setattr(dependencies, name, _by_function(getattr(dependencies, name)))


def _by_function(read: Callable[..., inspect.Signature]) -> Callable[..., inspect.Signature]:
    kept = WeakKeyDictionary[Any, inspect.Signature]()

    def signature(call: Callable[..., Any]) -> inspect.Signature:
        if not inspect.ismethod(call):
            return read(call)
        if call.__func__ not in kept:
            kept[call.__func__] = read(call)
        return kept[call.__func__]

    return signature


def _compile_paths_once() -> None:
    compiled = cache(routing.compile_path)

    def compile_path(path: str) -> tuple[Any, str, dict[str, Any]]:
        pattern, written, convertors = compiled(path)
        return pattern, written, dict(convertors)

    routing.compile_path = pages.compile_path = compile_path


def _understand_parameters_once() -> None:
    """Those that a path or a query gives, by all that FastAPI asks of them: it makes a validator for each."""
    understand, kept = dependencies.analyze_param, dict[tuple[Any, ...], Any]()

    def analyze_param(
        *, param_name: str, annotation: Any, value: Any, path_param_names: set[str]
    ) -> dependencies.ParamDetails:
        def answer() -> dependencies.ParamDetails:
            return understand(
                param_name=param_name, annotation=annotation, value=value, path_param_names=path_param_names
            )

        if not isinstance(annotation, type) or not isinstance(value, str | type | None):
            return answer()  # what a dependency gives is each server's own
        key = (param_name, annotation, value, param_name in path_param_names)
        if key not in kept:
            kept[key] = answer()
        return kept[key]

    dependencies.analyze_param = analyze_param
