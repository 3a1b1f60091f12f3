"""The one error type that rooms raise for what a caller may be told.

An error has a public description (what happened, what to do), a stable code (documented, never reused),
a status, and a private detail that goes to the log alone. Where it is rendered (JSON, redirect, page) is
decided in one place per kind of endpoint.
"""


class AccordError(Exception):
    """A refusal with a stable code.

    code: lower_snake_case, listed in the golden table of errors.
    description: for the person or developer who reads it; no secret, no personal datum.
    status: HTTP status of the answer.
    detail: for our log; never leaves the server.
    headers: sent with the answer (Retry-After, WWW-Authenticate).
    """

    def __init__(
        self,
        code: str,
        description: str,
        *,
        status: int = 400,
        detail: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail or description}")
        self.code = code
        self.description = description
        self.status = status
        self.detail = detail
        self.headers = headers or {}


class StorageUnavailableError(AccordError):
    """The database could not take or answer a unit of work; nothing of it was kept."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "temporarily_unavailable",
            "The service cannot record this right now. Nothing was changed; try again in a moment.",
            status=503,
            detail=detail,
            headers={"Retry-After": "2"},
        )


class SettingsError(AccordError):
    """The server refuses to start: a setting is missing, weak or contradictory."""

    def __init__(self, description: str) -> None:
        super().__init__("bad_settings", description, status=500)
