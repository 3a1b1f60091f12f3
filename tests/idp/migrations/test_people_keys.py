"""People's keys, and the hashes of their addresses, move to a store of their own: all of them, and whole."""

from pathlib import Path

import pytest
from alembic import op

from foundation.errors import StorageUnavailableError
from foundation.sqlite_driver import connect, path_apart
from tests.idp.migrations.test_records import run
from tests.idp.migrations.test_upgrading import upgrade_to

KEY, DIGEST = b"wrapped-once-for-all" * 4, b"digest-of-an-address" * 4


def hexed(url: str, value: bytes) -> str:
    return f"x'{value.hex()}'" if url.startswith("sqlite") else f"'\\x{value.hex()}'::bytea"


def test_keys_and_addresses_are_carried_over_and_leave_nothing_behind(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade_to(empty_url, "0049")
    columns = "id, email_digest, sealed_email, role, password_hash, locale, created_at"
    values = f"'p1', {hexed(empty_url, DIGEST)}, {hexed(empty_url, b'sealed')}, 'person', '!', 'fr', 1"
    run(
        empty_url,
        f"INSERT INTO person_key (person_id, wrapped) VALUES ('p1', {hexed(empty_url, KEY)})",  # noqa: S608  # our own values
        f"INSERT INTO account ({columns}) VALUES ({values})",  # noqa: S608  # our own values
    )

    def full(*_args: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as fault:
        fault.setattr(op, "create_table", full)  # of a later revision, in the same transaction
        with pytest.raises(StorageUnavailableError):
            upgrade_to(empty_url, "0053")
    assert len(run(empty_url, "SELECT person_id FROM person_key")) == 1  # where they were
    upgrade_to(empty_url, "head")
    if empty_url.startswith("postgresql"):
        found = run(
            empty_url,
            "SELECT person_id, wrapped, digest FROM people_keys.person_key"
            " JOIN people_keys.account_address ON account_id = person_id",
        )
        assert [(one, bytes(key), bytes(digest)) for one, key, digest in found] == [("p1", KEY, DIGEST)]  # type: ignore[call-overload]  # bytes they are
        return
    path = empty_url.removeprefix("sqlite:///")
    connection = connect(path, readonly=False)
    assert connection.execute("SELECT * FROM people_keys.person_key").fetchall() == [("p1", KEY)]
    assert connection.execute("SELECT * FROM people_keys.account_address").fetchall() == [(DIGEST, "p1")]
    # What its COMMIT changes is on the disk when it returns, and what is deleted there is zeroes.
    for pragma, answer in (("synchronous", 2), ("secure_delete", 1)):
        assert connection.execute(f"PRAGMA people_keys.{pragma}").fetchone() == (answer,)
    connection.close()
    for file in (Path(path), Path(f"{path}-wal")):
        left = file.read_bytes() if file.exists() else b""
        assert KEY not in left
        assert DIGEST not in left
    assert path_apart(path, "people_keys").stat().st_mode & 0o077 == 0
