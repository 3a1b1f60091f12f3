"""Opening the parts of a server, in the order in which each needs the one before."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from consent.ledger.append import Ledger
from consent.ledger.notes.note import Signer, Verifier
from consent.ledger.sequencing.apart import HeadFile
from consent.ledger.sequencing.origins import current_origin, settle_origin
from consent.ledger.sequencing.sequencer import Sequencer
from consent.rome.subset import ensure_some
from foundation.clock import Clock, SystemClock
from foundation.database import Database, open_database
from foundation.errors import SettingsError
from foundation.outbound.fetching import Outbound
from foundation.settings import Settings
from idp.backup.on_sqlite import check_finished
from idp.clients.published_keys import PublishedKeys
from idp.context import Server
from idp.migrations.schema import current_revision, head_revision, upgrade
from idp.rights.replaying import erase_again
from idp.rights.torn import find_torn
from idp.running.keyring import give_keys
from idp.running.witnesses import asking_of
from idp.signals.telling import Telling
from keys.hardware.access import Access
from keys.hardware.configured import access_of
from keys.hardware.module import HardwareModule, MixedSigning
from keys.making import Maker
from keys.master import load_master_key
from keys.people import PeopleKeys
from keys.ring import KeyRing
from keys.secrets import ServerSecrets, has_secrets, load_secrets
from keys.sign import SignerUnavailableError, unb64url
from keys.signing import Signing, of_text

log = structlog.get_logger("keys")


def prepare_schema(settings: Settings) -> None:
    """Make the schema of an empty database; for any other, insist on this version's revision.

    A database that holds something is only changed when its operator says so. Raises SettingsError.
    """
    if settings.on_sqlite:
        check_finished(settings.storage_url.removeprefix("sqlite:///"))
    current, head = current_revision(settings.storage_url), head_revision()
    if current is None:
        upgrade(settings.storage_url)
    elif current != head:
        raise SettingsError(
            f"The database is at revision {current}, this version needs {head}: run `accord db upgrade`"
        )


async def check_module(settings: Settings) -> None:
    """Insist on a PIN that the PKCS#11 token takes: one try here, none by each worker that starts again.

    A module that does not answer is no reason not to start: revoking and erasing need none. Raises
    SettingsError.
    """
    access = access_of(settings)
    if access is not None:
        try:
            await HardwareModule(access).about()
        except SignerUnavailableError as error:
            log.warning("pkcs11_module_failed", how=error.detail)


@asynccontextmanager
async def open_server(
    settings: Settings, clock: Clock | None = None, *, sequencing: bool = False, signing_apart: bool = False
) -> AsyncIterator[Server]:
    """A server's parts, open for the length of the block. The schema is already at its newest revision.

    sequencing: this process gives the ledger's events their place (a server does, a command does not), and
    refuses new ones when it falls behind. signing_apart: tokens are signed by a process of their own.
    Raises SettingsError when the master key is not the one of this database or the list of erasures is
    damaged, StorageUnavailableError when the database does not answer.
    """
    clock = clock or SystemClock()
    db, outbound = _database(settings, sequencing=sequencing), Outbound(settings.outbound_exempt)
    await db.start()
    try:
        apart, first = HeadFile(settings.head_path), ledger_origin(settings)
        torn = await find_torn(db, apart, first) if sequencing else set()
        secrets = await _open_secrets(db, settings, clock)
        access = access_of(settings)
        maker = _maker(settings, secrets, access)
        ring = await _open_ring(db, maker, secrets, clock)
        if sequencing:
            await ensure_some(db, clock)
        signing = Signing() if access is None else MixedSigning(access, apart=signing_apart)
        origin = await _origin(db, first, apart if sequencing else None, clock.now())
        sequencer = Sequencer(db, _log_signer(origin, ring, signing), clock, apart=apart)
        async with (
            _during(signing) if signing_apart or (access and sequencing) else contextlib.nullcontext(),
            _during(sequencer) if sequencing else contextlib.nullcontext(),
        ):
            server = Server(
                settings=settings,
                clock=clock,
                db=db,
                secrets=secrets,
                ring=ring,
                maker=maker,
                signing=signing,
                people=PeopleKeys(secrets.people),
                ledger=Ledger(lag=sequencer.lag if sequencing else None),
                sequencer=sequencer,
                witnesses=asking_of(settings, db, outbound, origin, clock),
                outbound=outbound,
                app_keys=PublishedKeys(outbound),
                telling=Telling(secrets.signals),
            )
            await erase_again(server, torn)
            yield server
    finally:
        outbound.close()
        await db.stop()


@asynccontextmanager
async def _during(part: Sequencer | Signing) -> AsyncIterator[None]:
    await part.start()
    try:
        yield
    finally:
        await part.stop()


def _database(settings: Settings, *, sequencing: bool) -> Database:
    shared = sequencing and settings.workers > 1
    return open_database(settings.storage_url, pool_size=settings.database_pool, shared=shared)


async def _origin(db: Database, first: str, apart: HeadFile | None, now: int) -> str:
    """The name that the log has now. apart: for who will sign under it."""
    if apart is not None:
        return await settle_origin(db, apart, first, now)
    async with db.reading() as tx:
        return await current_origin(tx, first)


def ledger_origin(settings: Settings) -> str:
    """The log's first name in its signed heads: a schema-less URL (C2SP tlog-checkpoint)."""
    return settings.issuer_url.split("://", 1)[1] + "/ledger"


def _maker(settings: Settings, secrets: ServerSecrets, access: Access | None) -> Maker:
    module = None if access is None else HardwareModule(access)
    return Maker(secrets.signing, module, frozenset(settings.pkcs11_purposes.split(",")))


def _log_signer(origin: str, ring: KeyRing, signing: Signing) -> Signer:
    signer, public = ring.ed25519("ledger")

    async def by(text: str) -> bytes:
        [signature] = await signing.sign([of_text(signer, text)])
        return unb64url(signature)

    return Signer(Verifier(origin, public), by)


async def _open_ring(db: Database, maker: Maker, secrets: ServerSecrets, clock: Clock) -> KeyRing:
    await give_keys(db, Ledger(), maker, clock.now())
    ring = KeyRing(secrets.signing)
    async with db.reading() as tx:
        await ring.refresh(tx, clock.now())
    return ring


async def _open_secrets(db: Database, settings: Settings, clock: Clock) -> ServerSecrets:
    async with db.reading() as tx:
        sealed_already = await has_secrets(tx)
    master_key = load_master_key(settings, database_is_empty=not sealed_already)
    async with db.transaction() as tx:
        return await load_secrets(tx, master_key, clock.now())
