"""What was shown, kept so that it can be shown again to the last byte, whatever templates become.

A page holds the person's own values. So two texts are kept. The *version* is the page as it reads without
anybody's values (blanks stand in their places): one row for everyone who was asked the same in the same
language, named by its SHA-256. What is hers is how her page differs from it, compressed and sealed under her
data key. Both together give back the very bytes that were rendered, with nothing of today's templates,
catalogues or code but the inflating of RFC 1950; without her key, the version alone can be read.
"""

import hashlib
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from consent.acts import Notice, Person
from consent.records.packing import restore, squeeze
from consent.records.tables import NoticeShown, NoticeVersion
from foundation.database import Transaction
from foundation.statements import Statement, Write, upsert
from keys.people import PersonSecrets
from keys.seal import SealError, hmac_sha256, seal, unseal

_SALT = b"accord notice salt v1\x00"
_SHOWN = b"accord notice shown v1\x00"


class NoticeError(Exception):
    """A kept notice does not come back as what it was."""


class Version(NamedTuple):
    """A notice without values. kept_at: microseconds."""

    version: str
    client_id: str
    language: str
    page_version: str
    text: str
    kept_at: int


class _VersionRow(NamedTuple):
    version: str
    client_id: str
    language: str
    page_version: str
    packed: bytes
    kept_at: int


class _ShownRow(NamedTuple):
    version: str
    sealed: bytes


_KEEP_VERSION = Write(upsert(NoticeVersion, ["version"], []))
_KEEP_SHOWN = Write(upsert(NoticeShown, ["person_id", "notice_sha256"], []))
_VERSION = Statement(
    select(*(col(getattr(NoticeVersion, name)) for name in _VersionRow._fields)).where(
        col(NoticeVersion.version) == bindparam("version")
    ),
    _VersionRow,
)
_SHOWN_TO = Statement(
    select(col(NoticeShown.version), col(NoticeShown.sealed)).where(
        col(NoticeShown.person_id) == bindparam("person_id"),
        col(NoticeShown.notice_sha256) == bindparam("notice_sha256"),
    ),
    _ShownRow,
)


def salt_of(secrets: PersonSecrets, client_id: str) -> str:
    """What makes a page's hash say nothing to who does not have the page: 16 bytes, hexadecimal.

    It stands in the rendered page, invisible. Without it, whoever knows what an app asks could try names
    until the hash in the ledger, which outlives an erasure, fits a short profile.
    """
    return hmac_sha256(secrets.secret, _SALT + client_id.encode())[:16].hex()


def text_hash(text: str) -> str:
    """SHA-256 of a text's UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


async def keep(tx: Transaction, person: Person, client_id: str, notice: Notice, now: int) -> None:
    """Keep what `notice` says she was shown; what is kept already stays as it is.

    Looking first spares compressing what an answer nearly always finds there, since its question was kept.
    """
    if await tx.first(_SHOWN_TO, person_id=person.id, notice_sha256=notice.sha256) is not None:
        return
    if await tx.first(_VERSION, version=notice.version) is None:
        await tx.run(
            _KEEP_VERSION,
            version=notice.version,
            client_id=client_id,
            language=notice.language,
            page_version=notice.page_version,
            packed=squeeze(notice.blank),
            kept_at=now,
        )
    sealed = seal(
        person.secrets.data_key, squeeze(notice.text, notice.blank), _bound(person.id, notice.sha256)
    )
    await tx.run(
        _KEEP_SHOWN,
        person_id=person.id,
        notice_sha256=notice.sha256,
        version=notice.version,
        sealed=sealed,
    )


async def read_version(tx: Transaction, version: str) -> Version | None:
    """A notice without values, as it was; None when none has this name. Raises NoticeError if altered."""
    row = await tx.first(_VERSION, version=version)
    if row is None:
        return None
    try:
        text = restore(row.packed)
    except ValueError as error:
        raise NoticeError("the kept text does not open") from error
    if text_hash(text) != version:
        raise NoticeError("the kept text is not the one of this name")
    return Version(row.version, row.client_id, row.language, row.page_version, text, row.kept_at)


async def replay(tx: Transaction, person_id: str, secrets: PersonSecrets, notice_sha256: str) -> str | None:
    """The page that she was shown, to the byte; None when it is not kept. Raises NoticeError."""
    row = await tx.first(_SHOWN_TO, person_id=person_id, notice_sha256=notice_sha256)
    version = None if row is None else await read_version(tx, row.version)
    if row is None or version is None:
        return None
    try:
        packed = unseal(secrets.data_key, row.sealed, _bound(person_id, notice_sha256))
        text = restore(packed, version.text)
    except (SealError, ValueError) as error:
        raise NoticeError("what she was shown does not open") from error
    if text_hash(text) != notice_sha256:
        raise NoticeError("what was kept is not what she was shown")
    return text


def _bound(person_id: str, notice_sha256: str) -> bytes:
    return _SHOWN + f"{person_id}\x00{notice_sha256}".encode()
