"""The master key: given by the operator, or a file of our own made once, for an empty database."""

import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from foundation.errors import SettingsError
from foundation.settings import Settings
from keys.master import load_master_key

STRONG = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef"


def settings(folder: Path, **fields: Any) -> Settings:
    return Settings(data_dir=folder, **fields)


def test_the_operators_key_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    given = settings(tmp_path, master_key=STRONG)
    key = load_master_key(given, database_is_empty=True)
    assert len(key) == 32
    assert key == load_master_key(given, database_is_empty=False)
    assert list(tmp_path.iterdir()) == []
    assert bytes.fromhex(STRONG) != key  # derived: what is typed is not what seals


def test_the_operators_file_is_the_same_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(STRONG + "\n")
    from_file = load_master_key(settings(tmp_path, master_key_file=tmp_path / "key"), database_is_empty=False)
    assert from_file == load_master_key(settings(tmp_path, master_key=STRONG), database_is_empty=False)


def test_for_an_empty_database_a_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    key = load_master_key(settings(folder), database_is_empty=True)
    file = folder / "master.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(bytes.fromhex(file.read_text())) == 32
    assert [path.name for path in folder.iterdir()] == ["master.key"]  # no draft is left
    assert load_master_key(settings(folder), database_is_empty=False) == key
    assert load_master_key(settings(folder), database_is_empty=True) == key


def test_the_umask_does_not_open_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_master_key(settings(tmp_path), database_is_empty=True)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "master.key").stat().st_mode) == 0o600


def test_a_sealed_database_without_its_key_does_not_get_a_new_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ACCORD_MASTER_KEY"):
        load_master_key(settings(tmp_path), database_is_empty=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o666, 0o620])
def test_a_file_that_others_can_touch_is_refused(tmp_path: Path, mode: int) -> None:
    load_master_key(settings(tmp_path), database_is_empty=True)
    (tmp_path / "master.key").chmod(mode)
    with pytest.raises(SettingsError, match="0600"):
        load_master_key(settings(tmp_path), database_is_empty=False)


@pytest.mark.parametrize("content", ["", "zz", "00" * 31, "00" * 33, "é" * 32, "\x00", STRONG[:-1]])
def test_a_file_that_holds_no_key_is_refused_with_a_sentence(tmp_path: Path, content: str) -> None:
    file = tmp_path / "master.key"
    file.write_text(content, "utf-8")
    file.chmod(0o600)
    with pytest.raises(SettingsError, match=r"master\.key does not hold a key"):
        load_master_key(settings(tmp_path), database_is_empty=True)


@pytest.mark.parametrize("weak", ["short", "0" * 64, "aaaaaaaa" * 8, "a" * 31, "abcabcabc" * 5])
def test_a_weak_key_is_refused_before_anything_opens(tmp_path: Path, weak: str) -> None:
    with pytest.raises(SettingsError, match=r"weak|random") as refused:
        load_master_key(settings(tmp_path, master_key=weak), database_is_empty=True)
    assert weak not in str(refused.value)
    (tmp_path / "weak").write_text(weak)
    with pytest.raises(SettingsError, match=r"weak|random"):
        load_master_key(settings(tmp_path, master_key_file=tmp_path / "weak"), database_is_empty=True)


def test_many_that_start_together_end_with_one_key(tmp_path: Path) -> None:
    keys: list[bytes] = []
    ready = threading.Barrier(12)

    def start() -> None:
        ready.wait()
        keys.append(load_master_key(settings(tmp_path), database_is_empty=True))

    threads = [threading.Thread(target=start) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 12
    assert len(set(keys)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


def test_a_failed_write_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            load_master_key(settings(tmp_path), database_is_empty=True)
    assert list(tmp_path.iterdir()) == []
    load_master_key(settings(tmp_path), database_is_empty=True)
