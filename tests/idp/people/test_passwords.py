"""What a password may be, and how it is hashed: never on the loop's thread."""

import asyncio
import threading
from typing import Any

import pytest
from argon2 import PasswordHasher

from foundation.errors import AccordError
from idp.people.addresses import parse_address
from idp.people.hashing import MEMORY_KIB, PASSES, Hasher
from idp.people.passwords import Weakness, canonical, weakness_of
from tests.idp.people.house import quick_hasher

ADDRESS = parse_address("Amina.Benali@example.org")
assert ADDRESS is not None


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("", Weakness.TOO_SHORT),
        ("demo", Weakness.TOO_SHORT),
        ("éàüöîëâ", Weakness.TOO_SHORT),
        ("x" * 257, Weakness.TOO_LONG),
        ("x" * 100_000, Weakness.TOO_LONG),
        ("password", Weakness.TOO_COMMON),
        ("MotDePasse", Weakness.TOO_COMMON),
        ("motdepasse2026!", Weakness.TOO_COMMON),
        ("P4ssw0rd", Weakness.TOO_COMMON),
        ("azertyuiop", Weakness.TOO_COMMON),
        ("ａｚｅｒｔｙｕｉｏｐ", Weakness.TOO_COMMON),
        ("12345678", Weakness.TOO_COMMON),
        ("aaaaaaaaaaaa", Weakness.TOO_COMMON),
        ("abababababab", Weakness.TOO_COMMON),
        ("amina.benali@example.org", Weakness.IS_ADDRESS),
        ("AMINA.BENALI", Weakness.IS_ADDRESS),
        ("papier pomme cerf-volant", None),
        ("soleil couchant", None),
        ("tj7 kq9w", None),
        ("🥐🥖🧀🍷🍓🍇🥗🍲", None),
        ("a" * 3 + "b" * 3 + "c" * 250, None),
    ],
)
def test_long_enough_and_not_common_is_all_that_is_asked(password: str, weakness: Weakness | None):
    assert weakness_of(password, ADDRESS) is weakness


def test_one_keyboards_accent_equals_anothers():
    assert canonical("e\u0301te\u0301") == canonical("été")


@pytest.fixture
def hasher():
    made = quick_hasher()
    yield made
    made.close()


async def test_the_right_password_matches_and_others_do_not(hasher: Hasher):
    stored = await hasher.hash("papier pomme")
    assert stored.startswith("$argon2id$")
    assert await hasher.verify(stored, "papier pomme") == (True, False)
    for wrong in ("papier pommE", "", "papier pomme\x00", "x" * 100_000, "\ud800"):
        assert await hasher.verify(stored, wrong) == (False, False)


async def test_nobodys_password_never_matches(hasher: Hasher):
    assert await hasher.verify(None, "nobody's password") == (False, False)
    assert await hasher.verify("not a hash", "papier") == (False, False)


async def test_a_password_longer_than_allowed_does_not_match_its_beginning(hasher: Hasher):
    stored = await hasher.hash("x" * 256)
    assert (await hasher.verify(stored, "x" * 256)).matches
    assert not (await hasher.verify(stored, "x" * 257)).matches


async def test_a_hash_of_other_parameters_is_to_be_made_anew(hasher: Hasher):
    stored = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(b"papier pomme")
    assert await hasher.verify(stored, "papier pomme") == (True, True)
    assert await hasher.verify(stored, "other") == (False, False)


async def test_production_hashes_as_owasp_says(monkeypatch: pytest.MonkeyPatch):
    made: dict[str, Any] = {}

    class Recorded(PasswordHasher):
        def __init__(self, **parameters: Any) -> None:
            made.update(parameters)
            super().__init__(memory_cost=8, time_cost=1, parallelism=1)

    monkeypatch.setattr("idp.people.hashing.PasswordHasher", Recorded)
    Hasher().close()
    assert made == {"time_cost": PASSES, "memory_cost": MEMORY_KIB, "parallelism": 1}
    assert (MEMORY_KIB, PASSES) == (19456, 2)


async def test_argon2_never_runs_on_the_loops_thread(monkeypatch: pytest.MonkeyPatch):
    threads: set[int] = set()
    for name in ("hash", "verify"):
        original = getattr(PasswordHasher, name)

        def recorded(*arguments: Any, original: Any = original) -> Any:
            threads.add(threading.get_ident())
            return original(*arguments)

        monkeypatch.setattr(PasswordHasher, name, recorded)
    hasher = quick_hasher()
    stored = await hasher.hash("papier pomme")
    await hasher.verify(stored, "papier pomme")
    await hasher.verify(None, "papier pomme")
    hasher.close()
    assert threads
    assert threading.get_ident() not in threads


async def test_a_flood_is_refused_before_it_takes_the_machine():
    hasher = Hasher(memory_kib=8, passes=1, threads=1, queue=3)
    answers = await asyncio.gather(*[hasher.hash("papier") for _ in range(20)], return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, AccordError)]
    assert len(refused) == 16
    assert {(error.code, error.status) for error in refused} == {("temporarily_unavailable", 503)}
    assert refused[0].headers == {"Retry-After": "2"}
    assert await hasher.hash("papier")  # and the place is free again
    hasher.close()
