"""What stands at a sector_identifier_uri must name every address that the app sends people to."""

from pathlib import Path

import pytest

from foundation.errors import AccordError
from idp.registration.reaching import check_sector
from tests.foundation.outbound.servers import Authority, Leading, document, names, saying, serving, way_out
from tests.idp.support import REDIRECT

pytestmark = pytest.mark.network
SECTOR = "https://coach.example/sector.json"


async def check(folder: Path, body: bytes, *redirect_uris: str, status: bytes = b"200 OK") -> str:
    """The code of what is wrong; "" for nothing."""
    authority = Authority(folder)
    known = names(coach_example=["93.184.216.34"])
    async with serving(saying(document(body, status=status)), authority.serving("coach.example")) as port:
        with way_out(
            trust=authority.trusting(), backend=Leading(port), resolve=known, seconds=30
        ) as outbound:
            try:
                await check_sector(outbound, SECTOR, redirect_uris)
            except AccordError as error:
                return error.code
    return ""


async def test_a_list_of_all_of_them_holds(tmp_path: Path) -> None:
    body = f'["https://other.example/", "{REDIRECT}"]'.encode()
    assert await check(tmp_path, body, REDIRECT) == ""


async def test_a_list_without_one_of_them_does_not(tmp_path: Path) -> None:
    body = f'["{REDIRECT}"]'.encode()
    assert await check(tmp_path, body, REDIRECT, REDIRECT + "/") == "invalid_client_metadata"


@pytest.mark.parametrize("body", [b"{}", b"5", b"[", b"null", b'"https://coach.example/callback"'])
async def test_what_is_no_list_is_refused(tmp_path: Path, body: bytes) -> None:
    assert await check(tmp_path, body, REDIRECT) == "invalid_client_metadata"


async def test_what_cannot_be_fetched_is_refused(tmp_path: Path) -> None:
    assert await check(tmp_path, b"[]", status=b"302 Found") == "invalid_client_metadata"
    with (
        way_out(resolve=names(coach_example=["10.0.0.1"])) as outbound,
        pytest.raises(AccordError, match="invalid_client_metadata"),
    ):
        await check_sector(outbound, SECTOR, (REDIRECT,))
