"""Changing the master key: the two rows that stand sealed under it are sealed under another, in one unit.

Everything else is sealed under keys that the root derives, and the root stays: no row of a person is touched,
and a process that runs goes on. One that is killed at it has done nothing or all.
"""

import contextlib

from consent.ledger.append import Ledger
from foundation.clock import SystemClock
from foundation.database import Database, open_database
from foundation.settings import Settings
from idp.running.events import KeyResealed
from keys.evidence import reseal_vault
from keys.master import load_master_key
from keys.secrets import reseal_root


class _RehearsedError(Exception):
    """Undoes a unit that was to be tried and not kept."""


async def reseal(settings: Settings, renewed: Settings, *, rehearse: bool = False) -> bool:
    """Seal the database of `settings` under the master key of `renewed`; False when it is under that already.

    rehearse: everything is done, and undone. Raises SettingsError when a key is missing, weak or not the one.
    """
    new = load_master_key(renewed, database_is_empty=False)
    old = load_master_key(settings, database_is_empty=False)
    db = open_database(settings.storage_url, pool_size=1)
    await db.start()
    try:
        return await _seal_anew(db, old, new, rehearse=rehearse)
    finally:
        await db.stop()


async def _seal_anew(db: Database, old: bytes, new: bytes, *, rehearse: bool) -> bool:
    done, now = False, SystemClock().now()
    with contextlib.suppress(_RehearsedError):
        async with db.transaction() as tx:
            done = await reseal_root(tx, old, new)
            if done:
                await reseal_vault(tx, old, new, now)
                event = KeyResealed()
                await Ledger().append(tx, event, person=None, now=now, request_id=None)
            if rehearse:
                raise _RehearsedError
    return done
