"""An auditor: the console in a browser, and the ledger's proofs checked with nothing but public functions."""

import asyncio
import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from consent.ledger.leaf import leaf_hash
from consent.ledger.merkle import verify_inclusion
from consent.ledger.notes.checkpoint import Checkpoint, open_checkpoint
from consent.ledger.notes.note import Verifier
from tests.actors.browser import Browser
from tests.actors.house import AUDITOR

_PATIENCE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the console. event_id: its id; proof: words of its proof state."""

    event_id: str
    words: str
    person: str
    detail: str
    proof: str


class Auditor:
    """Works in a browser; pins the ledger's public key the first time."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    async def sign_in(self) -> None:
        await self.browser.sign_in_at_accord(AUDITOR)
        self.pinned = Verifier.from_vkey(await self._get("/ledger/vkey"))

    async def search(self, **filters: str) -> list[Line]:
        """The first page of a search by the console's filters, newest first."""
        await self.browser.visit(f"/audit?{urlencode(filters)}")
        return await self._lines()

    async def dossier(self, grant_id: str) -> list[Line]:
        """The story of an authorization, oldest first."""
        await self.browser.visit(f"/audit/grants/{grant_id}")
        return await self._lines()

    async def pseudonym(self, grant_id: str) -> str:
        """The name under which the ledger knows the person of an authorization."""
        await self.dossier(grant_id)
        link = self.browser.at("table a[href^='/audit?person=']").first
        return str(await link.get_attribute("href")).split("person=")[1]

    async def download(self, event_id: str) -> dict[str, Any]:
        """Press the button on an event's page, and open the file."""
        await self.browser.visit(f"/audit/events/{event_id}")
        async with self.browser.page.expect_download() as started:
            await self.browser.at("a[download]").click()
        file = await (await started.value).path()
        document: dict[str, Any] = json.loads(Path(file).read_text("utf-8"))
        return document

    async def proof(self, event_id: str) -> dict[str, Any]:
        """The same file by its address, as soon as a signed head covers the event."""
        deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while True:
            document: dict[str, Any] = json.loads(await self._get(f"/audit/events/{event_id}/proof"))
            if document["state"] == "integrated":
                return document
            assert asyncio.get_running_loop().time() < deadline, "no signed head covers the event"
            await asyncio.sleep(0.3)

    async def verify(self, event_id: str) -> dict[str, Any]:
        """Download a proof, check it against the pinned key alone, and say what the leaf says."""
        return self.check(event_id, await self.proof(event_id))

    def check(self, event_id: str, document: dict[str, Any]) -> dict[str, Any]:
        """The same for a file at hand. Raises where it proves nothing."""
        leaf = document["leaf"].encode()
        assert leaf_hash(leaf) == _bytes(document["leaf_hash"])
        head = open_checkpoint(document["checkpoint"], self.pinned)
        assert head.size == document["tree_size"]
        path = [_bytes(one) for one in document["proof"]]
        verify_inclusion(document["index"], head.size, leaf_hash(leaf), path, head.root)
        found: dict[str, Any] = json.loads(leaf)
        assert found["id"] == event_id
        return found

    async def checkpoint(self) -> Checkpoint:
        """The log's present head, signed by the pinned key."""
        return open_checkpoint(await self._get("/ledger/checkpoint"), self.pinned)

    async def head_beyond(self, size: int) -> Checkpoint:
        """The first signed head over more than `size` events; heads are signed at most once a second."""
        deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while (head := await self.checkpoint()).size <= size:
            assert asyncio.get_running_loop().time() < deadline, "no signed head covers what came since"
            await asyncio.sleep(0.1)
        return head

    async def _get(self, path: str) -> str:
        answer = await self.browser.page.request.get(self.browser.house.issuer + path)
        assert answer.status == 200
        return await answer.text()

    async def _lines(self) -> list[Line]:
        found = []
        for row in await self.browser.at("table tbody tr").all():
            link = row.locator("th a")
            cells = [" ".join(text.split()) for text in await row.locator("td").all_inner_texts()]
            href = str(await link.get_attribute("href"))
            found.append(Line(href.rsplit("/", 1)[1], await link.inner_text(), cells[3], cells[4], cells[5]))
        return found


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
