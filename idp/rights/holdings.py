"""Which table holds what of a person, and what an erasure does to it. Every table stands here, a test says.

"erased": her rows are deleted. "blank": her rows stay, empty of her. "sealed": what is left opens for nobody
without her keys. "kept": proof of past consent, restricted. "fades": nothing that names her, and gone within
hours or days. "nobody": no data of people.
"""

from typing import Literal

from sqlalchemy import Delete, bindparam, case, delete, select, update
from sqlmodel import SQLModel, col

from consent.choices import Choice
from consent.disputes.tables import Dispute
from consent.looking.tables import SavedView
from consent.mirror.tables import ConsentLetter, GrantCare, HistoryDay, PersonCare, ReadTotal
from consent.records.tables import ConsentRecord, NoticeShown
from consent.rights.tables import ImportDraft
from consent.tables import Grant, GrantRevision, ProfileDataset, ReadCount
from foundation.statements import Write
from idp.authorize.tables import PendingRequest
from idp.ciba.tables import BackchannelBlock
from idp.minors.tables import ParentalAgreement
from idp.people.tables import Account, EmailToken, OutboxMail, Session
from idp.polling.tables import PolledRequest
from idp.token.tables import Line
from idp.unmasking.rows import FORGET as FORGET_UNMASKED

Holding = Literal["erased", "blank", "sealed", "kept", "fades", "nobody"]

HOLDINGS: dict[str, Holding] = {
    "access_token": "fades",  # dead with its line; names no one; purged within two hours
    "account": "erased",
    "account_address": "erased",  # with her keys
    "backchannel_block": "erased",
    "backchannel_request": "fades",  # a code under her own key, a keyed hash; gone within the day
    "client": "nobody",
    "client_assertion": "nobody",
    "dpop_proof": "nobody",
    "client_declaration": "nobody",  # of staff: who sent it, who decided
    "client_document": "nobody",
    "client_registration": "nobody",
    "consent_grant": "blank",
    "consent_record": "erased",  # receipts of her grants are in the evidence
    "consent_letter": "erased",
    "delegation": "fades",  # random ids of lines; purged with their tokens, within two hours
    "dispute": "erased",
    "email_token": "erased",
    "erasure": "fades",  # a random id that leads nowhere, until the sweep
    "evidence": "kept",
    "evidence_key": "kept",
    "evidence_vault": "nobody",
    "fold_cursor": "nobody",
    "grant_care": "erased",
    "grant_revision": "erased",
    "history_day": "erased",
    "import_draft": "erased",
    "ledger_checkpoint": "nobody",
    "ledger_cosignature": "nobody",
    "ledger_day": "nobody",  # how often, never who
    "ledger_entry": "sealed",  # pseudonyms under her secret
    "ledger_event": "sealed",  # pseudonyms, commitments and payloads under her keys
    "ledger_flag": "nobody",
    "ledger_head": "nobody",
    "ledger_lease": "nobody",
    "ledger_month": "nobody",  # how much; a grant's random id
    "ledger_origin": "nobody",
    "ledger_queue": "nobody",
    "ledger_retired": "nobody",  # random ids, of which nothing says what they were
    "ledger_retirement": "nobody",
    "ledger_shelf": "nobody",
    "ledger_tile": "nobody",
    "ledger_witnessed": "nobody",
    "line": "erased",
    "notice_shown": "erased",
    "notice_version": "nobody",  # pages without anybody's values
    "parental_agreement": "erased",  # a child's; a parent's leaves with the child's, or stays without a name
    "outbox_mail": "erased",  # the farewell is under the server's key, wiped once sent
    "pending_request": "erased",
    "person_care": "erased",
    "person_key": "erased",  # in a store of its own
    "polled_request": "erased",  # of a person who is asked; else an app's words, gone within the hour
    "profile_dataset": "erased",
    "pushed_request": "fades",  # an app's words, of nobody but for a hint; gone within the day
    "read_count": "erased",
    "read_total": "erased",
    "registration_token": "nobody",
    "rome_edition": "nobody",
    "rome_expected": "nobody",
    "rome_progress": "nobody",
    "rome_sheet": "nobody",
    "rome_skill": "nobody",
    "rome_title": "nobody",
    "rome_word": "nobody",
    "saved_view": "erased",
    "server_secret": "nobody",
    "session": "erased",
    "signal": "fades",  # under the server's key, until the app has it: 30 days at most
    "signal_stream": "nobody",
    "signing_key": "nobody",
    "throttle_counter": "fades",  # keyed hashes of addresses, gone within the hour
    "unmask_request": "blank",  # whom it found is forgotten; a pseudonym that nothing leads from stays
}

_NO_CHOICE = Choice({}, frozenset(), "once", offline=False).to_json()
_HER_GRANTS = select(col(Grant.id)).where(col(Grant.person_id) == bindparam("person_id"))
_HER_SESSIONS = select(col(Session.id)).where(col(Session.account_id) == bindparam("person_id"))


def _of_hers(table: type[SQLModel], column: str = "person_id") -> Delete:
    return delete(table).where(col(getattr(table, column)) == bindparam("person_id"))


BLANK_GRANTS = Write(
    update(Grant)
    .where(col(Grant.person_id) == bindparam("erased_person"))
    .values(
        person_id=None,
        subject="",
        choice_json=_NO_CHOICE,
        terms_json='{"elements":{},"required":[]}',
        answered_json="{}",
        end_reason=case((col(Grant.revoked_at) == bindparam("now"), "erased"), else_=col(Grant.end_reason)),
    )
)
# Where her keys went first, nobody can tell of each: they end in silence.
END_GRANTS = Write(
    update(Grant)
    .where(col(Grant.person_id) == bindparam("erased_person"), col(Grant.revoked_at).is_(None))
    .values(revoked_at=bindparam("now"))
)
_RECORDS = (ConsentRecord, NoticeShown)
_SUMMARIES = tuple(
    Write(_of_hers(table))
    for table in (HistoryDay, ReadTotal, GrantCare, PersonCare, ConsentLetter, Dispute, *_RECORDS)
)
# What she agreed to for a child stays the child's, without a name.
_FORGET_PARENT = Write(
    update(ParentalAgreement)
    .where(col(ParentalAgreement.parent_id) == bindparam("person_id"))
    .values(parent_id=None)
)
# Before her grants: whoever reads under one holds its count first.
FORGET_COUNTS = Write(delete(ReadCount).where(col(ReadCount.grant_id).in_(_HER_GRANTS)))
# Her grants ended before: whoever uses one holds its row before its line's, and so does an erasure.
ERASE: tuple[Write, ...] = (
    Write(delete(Line).where(col(Line.grant_id).in_(_HER_GRANTS))),
    Write(delete(GrantRevision).where(col(GrantRevision.grant_id).in_(_HER_GRANTS))),
    Write(delete(PendingRequest).where(col(PendingRequest.session_id).in_(_HER_SESSIONS))),
    Write(_of_hers(Session, "account_id")),
    Write(_of_hers(EmailToken, "account_id")),
    Write(_of_hers(OutboxMail, "account_id")),
    Write(_of_hers(ProfileDataset)),
    Write(_of_hers(ImportDraft)),
    Write(_of_hers(ParentalAgreement)),
    Write(_of_hers(BackchannelBlock)),
    Write(_of_hers(PolledRequest, "account_id")),
    _FORGET_PARENT,
    FORGET_UNMASKED,
    Write(_of_hers(SavedView, "owner_id")),
    *_SUMMARIES,
    Write(_of_hers(Account, "id")),
)
# What a request that was under way may have left after it: found by the id alone.
STRAGGLERS: tuple[Write, ...] = (
    Write(delete(Line).where(col(Line.grant_id).in_(_HER_GRANTS))),
    Write(delete(GrantRevision).where(col(GrantRevision.grant_id).in_(_HER_GRANTS))),
    FORGET_COUNTS,
    Write(_of_hers(Grant)),
    Write(_of_hers(Session, "account_id")),
    Write(_of_hers(EmailToken, "account_id")),
    Write(_of_hers(OutboxMail, "account_id")),
    Write(_of_hers(ProfileDataset)),
    Write(_of_hers(ImportDraft)),
    Write(_of_hers(ParentalAgreement)),
    Write(_of_hers(BackchannelBlock)),
    Write(_of_hers(PolledRequest, "account_id")),
    *_SUMMARIES,
)
