"""Accord's data API, as a client: what this person's token may read, and the reading itself.

A 401 is retried once with a refreshed token; a second one means that the person's yes is over. A 403 means
that this one set is not shared, or (`consent_paused`) that she paused all of it.
These are ordinary answers here.
"""

from collections.abc import Callable, Mapping
from typing import Any

import httpx2
from authlib.integrations.base_client import InvalidTokenError, OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from examples.coach.problems import (
    BusyError,
    EndedError,
    PausedError,
    UnavailableError,
    WithdrawnError,
    retry_after,
)
from examples.coach.tokens import heed_retry_after, refused_refresh, renew

_TIMEOUT = 8.0


class DataApi:
    """Reads for one person, through her own client (see outbound.oauth_client).

    `clock`: seconds since 1970.
    """

    def __init__(self, client: AsyncOAuth2Client, issuer: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._base = f"{issuer}/v1/me"
        self._clock = clock
        self._renewed = False
        heed_retry_after(client, clock)

    async def check(self) -> frozenset[str]:
        """The scopes that this token opens at this moment, told by Accord without reading any set.

        Raises WithdrawnError, EndedError, BusyError, UnavailableError.
        """
        data = (await self._get(self._base) or {}).get("data")
        scopes = data.get("scopes") if isinstance(data, dict) else None
        if not isinstance(scopes, list):
            raise UnavailableError("data API: it does not say what this token opens")
        return frozenset(scope for scope in scopes if isinstance(scope, str))

    async def read(self, dataset: str) -> list[Any] | None:
        """The items of one set (`skills`, `experiences`, `trainings`), or None when it is not shared.

        Raises WithdrawnError, EndedError, BusyError, UnavailableError.
        """
        answer = await self._get(f"{self._base}/{dataset}")
        if answer is None:
            return None
        data = answer.get("data")
        if not isinstance(data, list):
            raise UnavailableError(f"{dataset}: no list of items")
        return data

    async def userinfo(self, endpoint: str, subject: str) -> Mapping[str, Any]:
        """Claims about the person.

        Raises UnavailableError when they are someone else's (OpenID Core 5.3.2).
        """
        claims = await self._get(endpoint) or {}
        if claims.get("sub") != subject:
            raise UnavailableError("userinfo: another subject than the ID token's")
        return claims

    async def _get(self, url: str) -> dict[str, Any] | None:
        answer = await self._call(url)
        if answer.status_code == 401 and not self._renewed and self._client.token.get("refresh_token"):
            self._renewed = True
            await renew(self._client)
            answer = await self._call(url)
        if answer.status_code == 401:
            raise WithdrawnError
        if answer.status_code in {429, 503}:
            raise BusyError(retry_after(answer.headers, self._clock()))
        if answer.status_code == 403:
            if b'"consent_paused"' in answer.content:
                raise PausedError("she paused the access")
            return None
        return _document(answer)

    async def _call(self, url: str) -> httpx2.Response:
        """One GET with the token; Authlib refreshes it first when its time is over."""
        try:
            answer: httpx2.Response = await self._client.get(
                url, timeout=_TIMEOUT, headers={"Accept": "application/json"}
            )
        except InvalidTokenError:
            raise EndedError from None
        except OAuthError as refusal:
            raise refused_refresh(refusal) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, TypeError, RecursionError) as error:
            raise UnavailableError(f"data API: {type(error).__name__}") from None
        return answer


def _document(answer: httpx2.Response) -> dict[str, Any]:
    try:
        document = answer.json() if answer.status_code == 200 else None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise UnavailableError(f"data API: unusable answer, HTTP {answer.status_code}")
    return document
