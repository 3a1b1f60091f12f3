"""/receipts/verify: anyone checks a receipt, without an account; what is proved is said, and what is not."""

from pathlib import Path
from typing import NamedTuple

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.catalogue import CATALOGUE
from consent.ledger.proofs import Inclusion, prove
from consent.records.offline import Paper, Proof, check, read_paper, with_proof
from consent.records.receipts import ReceiptError
from consent.records.telling import told
from consent.records.words import DECISIONS, STATES_FOR_OTHERS
from foundation.clock import SECOND
from foundation.web.kit import Room, page_router
from foundation.web.templates import render, translator_for
from idp.context import Server
from idp.people.access import Access
from idp.receipts.published import key_file
from idp.receipts.words import PROVED, UNCOUNTED, UNREAD, WITNESSED, WITNESSES, WRONG

VERIFY_PATH = "/receipts/verify"
ROOM = Room("receipts", Path(__file__).parent)


class _Pasted(NamedTuple):
    """What the form holds. proof: the text of a `.tlog-proof`, "" without one."""

    receipt: str
    proof: str


_NOTHING = _Pasted("", "")


def _paper(pasted: _Pasted) -> Paper:
    """Raises ReceiptError. A form sends its lines as HTML says, a proof's end in a newline."""
    if not pasted.receipt:
        raise ReceiptError("nothing", "there is nothing to check")
    paper = read_paper(pasted.receipt.encode())
    proof = pasted.proof.replace("\r\n", "\n")
    return with_proof(paper, f"{proof}\n".encode()) if proof else paper


class VerifyPages:
    """The form and its answer."""

    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._access = access

    def router(self) -> APIRouter:
        router = page_router()
        router.add_api_route(VERIFY_PATH, self.show, methods=["GET"])
        router.add_api_route(VERIFY_PATH, self.verify, methods=["POST"])
        router.add_api_route(f"{VERIFY_PATH}/alone", self.alone, methods=["GET"])
        return router

    async def show(self, request: Request) -> Response:
        return await self._access.page(
            request, lambda _session: render(request, "receipts/verify.html", pasted=_NOTHING)
        )

    async def verify(self, request: Request) -> Response:
        """Check what was pasted; nothing of it is kept."""
        posted = await self._access.posted(request)
        pasted = _Pasted(posted.form.single("receipt").strip(), posted.form.single("proof").strip())
        try:
            paper = _paper(pasted)
            proof = check(paper, await key_file(self._server), self._server.issuer)
        except ReceiptError as error:
            return render(
                request,
                "receipts/verify.html",
                status=422,
                pasted=pasted,
                wrong=error.code,
                error=WRONG.get(error.code, WRONG["not_a_receipt"]),
            )
        return await self._proved(request, pasted._replace(receipt=paper.receipt), proof)

    async def alone(self, request: Request) -> Response:
        """The page whose script checks by itself, once the network is gone: words, and our keys."""
        t = translator_for(request)
        words = {
            "steps": {**PROVED, "witnessed": WITNESSED},
            "wrong": WRONG,
            "unread": UNREAD,
            "uncounted": UNCOUNTED,
            "witnesses": WITNESSES,
            "states": STATES_FOR_OTHERS,
            "decisions": {code: said for code, (said, _) in DECISIONS.items()},
            "scopes": {name: scope.label for name, scope in CATALOGUE.items()},
        }
        said = {kind: {code: t.gettext(one) for code, one in of.items()} for kind, of in words.items()}
        return render(
            request,
            "receipts/alone.html",
            pasted=_NOTHING,
            issuer=self._server.issuer,
            words=orjson.dumps(said).decode(),
            keys=orjson.dumps(await key_file(self._server), option=orjson.OPT_INDENT_2).decode(),
        )

    async def _proved(self, request: Request, pasted: _Pasted, proof: Proof) -> Response:
        t, record = translator_for(request), told(proof.claims["record"])
        lines = []
        for one in record.scopes:
            scope, (words, look) = CATALOGUE.get(one.scope), DECISIONS[one.decision]
            lines.append((t.gettext(scope.label) if scope else one.scope, t.gettext(words), look))
        return render(
            request,
            "receipts/verify.html",
            pasted=pasted,
            proof=proof,
            promised_by=proof.claims["ledger"].get("promised_by", 0) * SECOND,
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
