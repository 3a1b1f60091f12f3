"""/receipts/verify: anyone checks a receipt, without an account; what is proved is said, and what is not."""

from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.catalogue import CATALOGUE
from consent.ledger.proofs import Inclusion, prove
from consent.records.offline import Paper, Proof, check, read_paper
from consent.records.receipts import ReceiptError
from consent.records.telling import told
from consent.records.words import DECISIONS, STATES_FOR_OTHERS
from foundation.text import N_
from foundation.web.kit import Room, page_router
from foundation.web.templates import render, translator_for
from idp.context import Server
from idp.people.access import Access
from idp.receipts.published import key_file
from idp.receipts.words import PROVED, WRONG

VERIFY_PATH = "/receipts/verify"
ROOM = Room("receipts", Path(__file__).parent)
_EMPTY = N_("Collez le reçu signé, ou le contenu du fichier que vous avez téléchargé.")


class VerifyPages:
    """The form and its answer."""

    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._access = access

    def router(self) -> APIRouter:
        router = page_router()
        router.add_api_route(VERIFY_PATH, self.show, methods=["GET"])
        router.add_api_route(VERIFY_PATH, self.verify, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        return await self._access.page(
            request, lambda _session: render(request, "receipts/verify.html", text="")
        )

    async def verify(self, request: Request) -> Response:
        """Check what was pasted; nothing of it is kept."""
        posted = await self._access.posted(request)
        text = posted.form.single("receipt").strip()
        if not text:
            return render(request, "receipts/verify.html", status=422, text="", error=_EMPTY)
        try:
            paper = read_paper(text.encode())
            proof = check(paper, await key_file(self._server), self._server.issuer)
        except ReceiptError as error:
            wrong = WRONG.get(error.code, WRONG["not_a_receipt"])
            return render(request, "receipts/verify.html", status=422, text=text, error=wrong)
        return await self._proved(request, paper, proof)

    async def _proved(self, request: Request, paper: Paper, proof: Proof) -> Response:
        t, record = translator_for(request), told(proof.claims["record"])
        lines = []
        for one in record.scopes:
            scope, (words, look) = CATALOGUE.get(one.scope), DECISIONS[one.decision]
            lines.append((t.gettext(scope.label) if scope else one.scope, t.gettext(words), look))
        return render(
            request,
            "receipts/verify.html",
            text=paper.receipt,
            proof=proof,
            record=record,
            state=STATES_FOR_OTHERS[record.state],
            lines=lines,
            steps=[t.gettext(PROVED[name]) for name in proof.steps],
            logged=await self._logged(proof),
        )

    async def _logged(self, proof: Proof) -> bool:
        """Whether our own ledger holds it today, where the file brought no proof of its own."""
        claims = proof.claims
        async with self._server.db.reading() as tx:
            found = await prove(tx, self._server.sequencer.verifier.name, claims["receipt_id"])
        return isinstance(found, Inclusion) and found.leaf_hash.hex() == claims["ledger"]["leaf_hash"]
