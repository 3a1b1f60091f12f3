"""AccordError -> answer, in one place: JSON for programs, a page for people.

Which of the two is the endpoint's kind (page routers say so), else what Accept prefers. A page says in plain
words what happened and what to do; the developer's description and the trace id stand below. Rooms register
the words of their own codes; `/errors`, where every `error_uri` leads, lists them all.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import structlog
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from foundation.errors import AccordError
from foundation.text import N_
from foundation.web.templates import render

if TYPE_CHECKING:
    from foundation.web.kit import Web

log = structlog.get_logger()


class ErrorWords(NamedTuple):
    """How a code is told to people. French msgids, marked with `N_`."""

    code: str
    title: str
    text: str
    action: str = ""  # label of the way on; the generic one when empty
    href: str = ""  # a path of ours


KIT_ERRORS = (
    ErrorWords(
        "invalid_request",
        N_("La demande n’a pas pu être lue"),
        N_("Une information manque ou n’a pas la forme attendue. Revenez à la page précédente et réessayez."),
    ),
    ErrorWords(
        "csrf_refused",
        N_("Cette page était ouverte depuis trop longtemps"),
        N_(
            "Par sécurité, rien n’a été enregistré. Revenez à la page précédente, rechargez-la,"
            " puis recommencez."
        ),
    ),
    ErrorWords(
        "not_found",
        N_("Cette page n’existe pas"),
        N_("L’adresse est peut-être incomplète, ou la page a été retirée."),
    ),
    ErrorWords(
        "method_not_allowed",
        N_("Cette page ne s’ouvre pas ainsi"),
        N_("Repartez de l’accueil et suivez les liens."),
    ),
    ErrorWords(
        "forbidden",
        N_("Cette page ne vous est pas ouverte"),
        N_("Votre compte ne donne pas accès à cette page."),
    ),
    ErrorWords(
        "too_many_requests",
        N_("Trop d’essais en peu de temps"),
        N_("Attendez quelques minutes, puis réessayez."),
    ),
    ErrorWords(
        "temporarily_unavailable",
        N_("Le service est momentanément indisponible"),
        N_("Rien n’a été modifié. Réessayez dans un instant."),
    ),
    ErrorWords(
        "server_error",
        N_("Une erreur est survenue de notre côté"),
        N_(
            "Rien n’a été partagé. Réessayez dans un instant. Si cela continue, donnez-nous la référence"
            " ci-dessous."
        ),
    ),
)

_BY_STATUS = {
    401: "forbidden",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    429: "too_many_requests",
    503: "temporarily_unavailable",
}
# RFC 6749 section 5.2: error_description is printable ASCII without '"' and '\'.
_DESCRIPTION = {code: None for code in range(0x80) if not 0x20 <= code < 0x7F} | {0x22: "'", 0x5C: "/"}


class PageRoute(APIRoute):
    """The route class of page routers: what fails in them is told by a page, whatever Accept says."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]  # FastAPI writes it as Coroutine
        handler = super().get_route_handler()

        async def as_page(request: Request) -> Response:
            request.scope.setdefault("state", {})["kind"] = "page"
            return await handler(request)

        return as_page


def words_by_code(registered: Iterable[ErrorWords]) -> Mapping[str, ErrorWords]:
    """The kit's words and the rooms'. Raises ValueError when two of them claim one code."""
    found: dict[str, ErrorWords] = {}
    for words in (*KIT_ERRORS, *registered):
        if words.code in found:
            raise ValueError(f"two texts for the error {words.code}")
        found[words.code] = words
    return found


def respond_to(scope: Scope, error: Exception) -> Response:
    """The answer to whatever escaped an endpoint; logs what our side should know."""
    refusal = as_refusal(error)
    if not isinstance(error, AccordError | HTTPException):
        log.error("unexpected failure", exc_info=error)
    elif refusal.status >= 500 or refusal.detail:
        log.warning("refused", error_code=refusal.code, status=refusal.status, detail=refusal.detail)
    return error_page(scope, refusal) if _wants_page(scope) else error_json(scope, refusal)


def as_refusal(error: Exception) -> AccordError:
    """Any exception as the AccordError that may be told; the unexpected says nothing of itself."""
    if isinstance(error, AccordError):
        return error
    if isinstance(error, HTTPException):
        fallback = "server_error" if error.status_code >= 500 else "invalid_request"
        code = _BY_STATUS.get(error.status_code, fallback)
        headers = dict(error.headers or {})
        return AccordError(code, str(error.detail), status=error.status_code, headers=headers)
    return AccordError("server_error", "An unexpected failure; nothing was kept of this request.", status=500)


def error_json(scope: Scope, error: AccordError) -> Response:
    """The error as RFC 6749 section 5.2 writes it, with our `error_uri` and trace id."""
    web: Web = scope["accord.web"]
    body = {
        "error": error.code,
        "error_description": error.description.translate(_DESCRIPTION).encode("ascii", "ignore").decode(),
        "error_uri": f"{web.issuer}/errors#{error.code}",
        "trace_id": scope["state"]["trace_id"],
    }
    return Response(orjson.dumps(body), error.status, error.headers, "application/json")


def error_page(scope: Scope, error: AccordError) -> Response:
    """The error in plain words, with a way on. Falls back to JSON if the page itself fails."""
    web: Web = scope["accord.web"]
    try:
        words = web.words.get(error.code) or web.words[_BY_STATUS.get(error.status, _generic(error.status))]
        return render(
            Request(scope),
            "kit/error.html",
            status=error.status,
            headers=error.headers,
            words=words,
            error=error,
            trace_id=scope["state"]["trace_id"],
        )
    except Exception:  # a broken template must not hide the first error
        log.exception("the error page failed")
        return error_json(scope, error)


def _generic(status: int) -> str:
    return "server_error" if status >= 500 else "invalid_request"


def _wants_page(scope: Scope) -> bool:
    kind: Any = scope["state"].get("kind")
    if kind is not None:
        return bool(kind == "page")
    accept = Request(scope).headers.get("accept", "")
    html, json = accept.find("text/html"), accept.find("application/json")
    return html >= 0 and (json < 0 or html < json)


async def validation_failed(request: Request, _error: Exception) -> Response:
    """FastAPI's own complaint about a path or query parameter, as ours."""
    refusal = AccordError("invalid_request", "A parameter is missing or has the wrong form.", status=400)
    return respond_to(request.scope, refusal)


async def escaped(request: Request, error: Exception) -> Response:
    """FastAPI's exception handler for everything else; it raises an unexpected one again after answering."""
    request.scope["state"]["told"] = True
    return respond_to(request.scope, error)
