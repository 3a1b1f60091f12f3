"""What a backup says of itself."""

from pathlib import Path
from typing import NamedTuple

import orjson

from foundation.clock import DAY, to_datetime
from foundation.durable import sync
from foundation.errors import AccordError

KEYS_KEPT = 30 * DAY
KEYS_SHAPED = "0053"  # the last revision that changed the store of keys
KEYS = "people-keys"
LEDGER = "ledger"
DATABASE = "database"
_MANIFEST = "manifest.json"

# Of these nothing is worth restoring after hours: addresses and mails under the server's own key stand in
# them, which no erasure ends once they are in a backup.
LEFT_OUT = ("throttle_counter", "email_token", "outbox_mail", "backchannel_request")


class Manifest(NamedTuple):
    """made_at, keys_until: microseconds. revision: of the schema. events: how many the log's files have."""

    made_at: int
    keys_until: int
    dialect: str
    revision: str
    events: int

    def told(self) -> dict[str, object]:
        """For people and programs."""
        times = {name: to_datetime(getattr(self, name)).isoformat() for name in ("made_at", "keys_until")}
        return self._asdict() | times


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Last of all: a folder without one is no backup. Then all of it is on the disk."""
    (folder / _MANIFEST).write_bytes(orjson.dumps(manifest._asdict(), option=orjson.OPT_INDENT_2))
    for path in (*folder.rglob("*"), folder):
        sync(path)


def read_manifest(folder: Path) -> Manifest:
    """Raises AccordError `no_backup`."""
    try:
        return Manifest(**orjson.loads((folder / _MANIFEST).read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise AccordError("no_backup", f"{folder} is no finished backup.") from error
