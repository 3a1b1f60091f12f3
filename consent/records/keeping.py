"""Recording a decision: record, ledger event, signed receipt and what was shown, in the caller's unit."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from consent.acts import Act, Notice, Transition
from consent.coverage import Ask
from consent.ledger.append import Ledger, Recorded
from consent.ledger.events import Event
from consent.records.notices import keep
from consent.records.packing import pack
from consent.records.parties import Holder
from consent.records.receipts import Sign, is_signed, read_claims, record_hash, sign_receipt
from consent.records.record import Earlier, Moment, moment_of, moment_of_question, record_of
from consent.records.store import ADD_RECORD, last_of_grant
from consent.transitions import event_of, question, refusal
from foundation.database import Transaction
from foundation.ids import new_id


class Written(NamedTuple):
    """A record that the unit now holds."""

    recorded: Recorded
    receipt: str


@dataclass(frozen=True, slots=True)
class Records:
    """Writes records. sign: signs receipts, with their own key. holder: who keeps the profiles.

    A receipt that `sign` gives without its signature gets it later (waiting.py).
    """

    ledger: Ledger
    sign: Sign
    holder: Holder

    async def asked(self, tx: Transaction, ask: Ask, notice: Notice, act: Act) -> Written:
        """She was shown a question, as `notice`."""
        act = replace(act, notice=notice)
        moment = moment_of_question(ask, new_id(act.now), act, refused=False)
        record = record_of(moment, act, self.holder)
        return await self._keep(tx, moment, record, question(ask, notice, record_hash(record)), act)

    async def refused(self, tx: Transaction, ask: Ask, act: Act) -> Written:
        """She refused it; no grant came of it."""
        moment = moment_of_question(ask, new_id(act.now), act, refused=True)
        record = record_of(moment, act, self.holder)
        return await self._keep(tx, moment, record, refusal(ask, act, record_hash(record)), act)

    async def changed(self, tx: Transaction, transition: Transition, act: Act) -> Written:
        """A grant began, changed or ended."""
        moment = moment_of(transition, act)
        earlier = None
        if transition.after.revision > 1:
            row = await last_of_grant(tx, transition.after.grant_id)
            earlier = None if row is None else _earlier(read_claims(row.receipt)["record"])
        record = record_of(moment, act, self.holder, earlier)
        return await self._keep(tx, moment, record, event_of(transition, act, record_hash(record)), act)

    async def _keep(
        self, tx: Transaction, moment: Moment, record: dict[str, Any], event: Event, act: Act
    ) -> Written:
        person, notice, standing = act.person, act.notice, moment.standing
        recorded = await self.ledger.append(
            tx, event, person=person.secrets, now=act.now, request_id=act.request_id
        )
        receipt = sign_receipt(record, recorded, self.sign, self.holder.issuer)
        await tx.run(
            ADD_RECORD,
            event_id=recorded.event_id,
            person_id=person.id,
            client_id=moment.client_id,
            grant_id=standing.grant_id if standing else None,
            revision=standing.revision if standing else None,
            state=moment.state,
            notice_version=record["notice"]["privacy_notice"]["version"],
            notice_sha256=record["notice"]["notice_sha256"],
            packed=pack(receipt),
            unsigned_since=None if is_signed(receipt) else act.now,
        )
        if notice is not None and notice.blank:
            await keep(tx, person, moment.client_id, notice, act.now)
        return Written(recorded, receipt)


def _earlier(record: Mapping[str, Any]) -> Earlier:
    """The record before, of either version. A first one named a single URL, and its page was not kept."""
    notice = record.get("notice")
    if notice is not None and isinstance(notice["privacy_notice"], str):
        url = notice["privacy_notice"] or None
        told = {"url": url or "", "version": None, "recipient_url": url}
        notice = {**notice, "privacy_notice": told}
    return Earlier(record["record_id"], record_hash(record), notice)
