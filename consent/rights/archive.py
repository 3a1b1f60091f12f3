"""The archive that she takes along: its files, in order, each made as it is read."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from consent.choices import Shelf
from consent.grants import GrantRow, RevisionRow, list_grants, list_revisions
from consent.ledger.notes.note import Verifier
from consent.ledger.proofs import Inclusion, prove
from consent.ledger.public import tlog_proof_of
from consent.profile.fields import DATASETS
from consent.rights import csv_files
from consent.rights.document import (
    export_document,
    export_schema,
    grant_facts,
    iso,
    profile_of,
    proof_name,
    receipt_name,
)
from consent.rights.passages import Passage, of_account, under_grant
from consent.rights.readme import README
from consent.rights.resume import to_resume
from consent.rights.zipping import Parts, whole
from foundation.database import Database
from keys.people import PersonSecrets

_PAGE = 200
_READ_COLUMNS = (
    "time", "app", "legal_entity", "client_id", "data", "fields", "items", "item_ids", "grant_id", "event_id",
    "on_behalf_of", "on_behalf_of_client_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class Leaver:
    """Whose archive, and what we sign with. account: facts that another room knows. now: microseconds.

    shelf: her profile at that moment. receipt_keys: JWK Set of every key that ever signed a receipt.
    vkey: the log's. since: her first day here.
    """

    db: Database
    secrets: PersonSecrets
    shelf: Shelf
    email: str
    account: Mapping[str, Any]
    issuer: str
    receipt_keys: Mapping[str, Any]
    vkey: str
    since: int
    now: int


@dataclass(frozen=True, slots=True)
class Consented:
    """One of her grants with its states, newest first."""

    row: GrantRow
    states: Sequence[RevisionRow]

    @property
    def recipient(self) -> Mapping[str, Any]:
        """Who it is for, as she was told."""
        recipient: Mapping[str, Any] = orjson.loads(self.row.terms_json)["elements"].get("recipient", {})
        return recipient


async def consented(db: Database, person_id: str) -> list[Consented]:
    """Everything she ever agreed to, newest first."""
    found: list[Consented] = []
    while True:
        before = found[-1].row.id if found else None
        async with db.reading() as tx:
            rows = await list_grants(tx, person_id, before=before, most=_PAGE)
            found += [Consented(row, await list_revisions(tx, person_id, row.id)) for row in rows]
        if len(rows) < _PAGE:
            return found


async def parts(leaver: Leaver, grants: Sequence[Consented]) -> Parts:
    """The files, in the order of the archive."""
    facts = [grant_facts(one.row, one.states) for one in grants]
    document = export_document(leaver.issuer, leaver.now, leaver.account, profile_of(leaver.shelf), facts)
    opening = README.format(exported_at=iso(leaver.now), issuer=leaver.issuer)
    yield "LISEZMOI-README.txt", whole(csv_files.MARK + opening.replace("\n", "\r\n").encode())
    yield "accord.json", whole(_json(document))
    yield "accord.schema.json", whole(_json(export_schema(leaver.issuer)))
    yield "resume.json", whole(_json(to_resume(leaver.shelf, leaver.email, leaver.now)))
    for name, dataset in DATASETS.items():
        yield f"csv/{name}.csv", whole(csv_files.dataset_file(dataset, leaver.shelf[name]))
    yield "csv/reads.csv", _reads(leaver, grants)
    yield "history.jsonl", _history(leaver, grants)
    for one in grants:
        for state in one.states:
            name = receipt_name(one.row.id, state.revision)
            yield name, whole(state.receipt.encode())
            async with leaver.db.reading() as tx:
                proof = await prove(tx, Verifier.from_vkey(leaver.vkey).name, state.event_id)
            if isinstance(proof, Inclusion):  # what she decided a moment ago has a promise, in its receipt
                yield proof_name(name), whole(tlog_proof_of(proof).encode())
    yield "keys/receipts.json", whole(_json(leaver.receipt_keys))
    yield "keys/ledger.txt", whole(leaver.vkey.encode() + b"\n")


async def _reads(leaver: Leaver, grants: Sequence[Consented]) -> AsyncIterator[bytes]:
    yield csv_files.MARK + csv_files.lines([_READ_COLUMNS])
    recipients = {one.row.id: one.recipient for one in grants}
    for one in reversed(grants):
        async for passage in under_grant(leaver.db, leaver.secrets, one.row.id, "data.read"):
            yield csv_files.lines([_read(passage, recipients)])


def _read(passage: Passage, recipients: Mapping[str, Mapping[str, Any]]) -> list[object]:
    """A read. recipients: who each of her grants is for, by its id."""
    leaf, recipient = passage.leaf, recipients[passage.leaf.grant or ""]
    behalf = recipients.get(str(leaf.facts.get("behalf_grant")), {})
    return [
        iso(leaf.time),
        recipient.get("name"),
        recipient.get("legal_entity"),
        leaf.client,
        leaf.facts.get("dataset"),
        leaf.facts.get("fields"),
        leaf.facts.get("count"),
        (passage.payload or {}).get("items", []),
        leaf.grant,
        leaf.id,
        behalf.get("name"),
        leaf.facts.get("behalf"),
    ]


async def _history(leaver: Leaver, grants: Sequence[Consented]) -> AsyncIterator[bytes]:
    recipients = {one.row.id: one.recipient for one in grants}
    async for passage in of_account(leaver.db, leaver.secrets, leaver.since, leaver.now):
        yield _line(passage, {})
    for one in reversed(grants):
        async for passage in under_grant(leaver.db, leaver.secrets, one.row.id):
            yield _line(passage, recipients)


def _line(passage: Passage, recipients: Mapping[str, Mapping[str, Any]]) -> bytes:
    leaf = passage.leaf
    behalf = leaf.facts.get("behalf_grant")
    told = {
        "time": iso(leaf.time),
        "event": leaf.event,
        "recipient": _who(recipients, leaf.grant, leaf.client),
        "on_behalf_of": _who(recipients, behalf, leaf.facts.get("behalf")),
        "index": passage.position,
        "leaf": passage.text,
        "payload": passage.payload,
    }
    return orjson.dumps(told) + b"\n"


def _who(recipients: Mapping[str, Mapping[str, Any]], grant_id: object, client_id: object) -> Any:  # noqa: ANN401  # JSON
    """Who a grant of hers is for, as she was told; None where none is named."""
    recipient = recipients.get(str(grant_id))
    return None if recipient is None else {"client_id": client_id} | dict(recipient)


def _json(document: Mapping[str, Any]) -> bytes:
    return orjson.dumps(dict(document), option=orjson.OPT_INDENT_2) + b"\n"
