"""Signing with keys of a module: the same tokens, nothing while it is gone, everything once it is back."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
import pytest
from joserfc import jws
from joserfc.jwk import JWKRegistry, Key

from foundation.errors import SettingsError
from foundation.settings import Settings
from keys.hardware import module as hardware
from keys.hardware import process
from keys.hardware.access import Access
from keys.hardware.configured import access_of
from keys.hardware.module import HardwareModule, MixedSigning
from keys.making import FILE, Maker, Slot
from keys.sign import Signer, SignerUnavailableError
from keys.signing import Draft, Signing, half_hash
from tests.idp.tokens import app_key, header_of
from tests.support.softhsm import SoftHsm

ALGORITHMS = ["ES256", "RS256", "PS256", "EdDSA"]
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # as a name (RFC 9864)


run_apart = HardwareModule._run


@pytest.fixture(autouse=True)
def _making_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are made by this process: starting another takes a second, and one test does."""
    here = staticmethod(lambda told: orjson.loads(orjson.dumps(process.once(told))))
    monkeypatch.setattr(HardwareModule, "_run", here)


@pytest.fixture
async def signing(access: Access) -> AsyncIterator[MixedSigning]:
    started = MixedSigning(access, apart=False)
    await started.start()
    yield started
    await started.stop()


async def made(access: Access, alg: str = "ES256") -> tuple[Signer, Key]:
    """A key of the module: what signs with it, and what verifies."""
    [one] = await Maker(b"s" * 32, HardwareModule(access)).make([Slot("token", alg)], 0)
    assert (one.backend, one.sealed) == ("pkcs11", b"")
    public = orjson.loads(one.public_jwk)
    assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & public.keys()
    assert (public["kid"], public["alg"], public["use"]) == (one.kid, alg, "sig")
    return Signer(one.kid, alg, None), JWKRegistry.import_key(public)


def claims_in(text: str, key: Key, alg: str) -> Any:
    return orjson.loads(jws.deserialize_compact(text, key, algorithms=[alg]).payload)


async def eventually(work: Callable[[], Awaitable[Any]]) -> Any:
    """What `work` gives, once the module is back."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await work()
            except SignerUnavailableError:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("alg", ALGORITHMS)
async def test_what_the_module_signs_verifies(access: Access, signing: MixedSigning, alg: str) -> None:
    signer, key = await made(access, alg)
    drafts = [Draft(signer, "at+jwt", {"jti": "1"}), Draft(signer, "JWT", {"sub": "é"}, bound_by="at_hash")]
    one, two = await signing.sign(drafts)
    assert header_of(two) == {"alg": alg, "kid": signer.kid, "typ": "JWT"}
    assert claims_in(one, key, alg) == {"jti": "1"}
    assert claims_in(two, key, alg) == {"sub": "é", "at_hash": half_hash(one, alg)}


async def test_a_key_is_made_by_a_process_of_its_own(
    access: Access, signing: MixedSigning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HardwareModule, "_run", staticmethod(run_apart))
    signer, key = await made(access)
    [text] = await signing.sign([Draft(signer, "JWT", {})])
    assert claims_in(text, key, "ES256") == {}


async def test_keys_of_both_kinds_sign_in_one_answer(access: Access, signing: MixedSigning) -> None:
    signer, key = await made(access)
    ours = Signer("ours", "RS256", app_key("RS256"))
    one, two, three = await signing.sign(
        [
            Draft(signer, "at+jwt", {"jti": "1"}),
            Draft(ours, "JWT", {}, bound_by="at_hash"),
            Draft(ours, "JWT", {}),
        ]
    )
    assert claims_in(one, key, "ES256") == {"jti": "1"}
    assert claims_in(two, app_key("RS256"), "RS256") == {"at_hash": half_hash(one, "RS256")}
    assert claims_in(three, app_key("RS256"), "RS256") == {}
    [alone] = await signing.sign([Draft(ours, "JWT", {"sub": "2"})])
    assert claims_in(alone, app_key("RS256"), "RS256") == {"sub": "2"}


async def test_a_crowd_is_answered_each_with_its_own(access: Access, signing: MixedSigning) -> None:
    signer, key = await made(access)
    work = (signing.sign([Draft(signer, "JWT", {"n": n})]) for n in range(200))
    for number, [text] in enumerate(await asyncio.gather(*work)):
        assert claims_in(text, key, "ES256") == {"n": number}


async def test_several_processes_sign_with_one_key(access: Access, signing: MixedSigning) -> None:
    signer, key = await made(access)
    other = MixedSigning(access, apart=True)
    await other.start()
    for each in (signing, other):
        [text] = await each.sign([Draft(signer, "JWT", {})])
        assert claims_in(text, key, "ES256") == {}
    await other.stop()


async def test_a_module_that_hangs_is_given_up_and_comes_back(access: Access) -> None:
    signing = MixedSigning(access._replace(patience=2.0), apart=False)
    await signing.start()
    signer, key = await made(access)
    await eventually(lambda: signing.sign([Draft(signer, "JWT", {})]))
    pid = signing.hardware.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    waiting = [signing.sign([Draft(signer, "JWT", {})]) for _ in range(8)]
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in ended] == [SignerUnavailableError] * 8
    with pytest.raises(SignerUnavailableError, match="not there"):  # at once, while there is none
        await signing.sign([Draft(signer, "JWT", {})])
    [text] = await eventually(lambda: signing.sign([Draft(signer, "JWT", {"back": 1})]))
    assert claims_in(text, key, "ES256") == {"back": 1}
    assert signing.hardware.pid not in {None, pid}
    await signing.stop()


async def test_a_module_that_has_much_to_do_does_not_hang(access: Access, signing: MixedSigning) -> None:
    signer, key = await made(access)
    await eventually(lambda: signing.sign([Draft(signer, "JWT", {})]))
    signing.hardware._access = access._replace(patience=0.0)
    signing.hardware._heard_at = asyncio.get_running_loop().time() + 60  # it answers others meanwhile
    pid = signing.hardware.pid
    with pytest.raises(SignerUnavailableError):
        await signing.sign([Draft(signer, "JWT", {})])
    signing.hardware._access = access
    [text] = await signing.sign([Draft(signer, "JWT", {"n": 2})])
    assert claims_in(text, key, "ES256") == {"n": 2}
    assert signing.hardware.pid == pid


async def test_a_killed_process_costs_answers_and_no_wrong_one(access: Access, signing: MixedSigning) -> None:
    signer, key = await made(access)
    pid = signing.hardware.pid
    assert pid is not None
    asked = [asyncio.create_task(signing.sign([Draft(signer, "JWT", {"n": n})])) for n in range(50)]
    await asyncio.sleep(0)
    os.kill(pid, signal.SIGKILL)
    for number, answer in enumerate(await asyncio.gather(*asked, return_exceptions=True)):
        if not isinstance(answer, SignerUnavailableError):
            assert not isinstance(answer, BaseException)
            assert claims_in(answer[0], key, "ES256") == {"n": number}
    [text] = await eventually(lambda: signing.sign([Draft(signer, "JWT", {"n": 50})]))
    assert claims_in(text, key, "ES256") == {"n": 50}


async def test_a_token_that_is_taken_out_signs_nothing_until_it_is_back(
    access: Access, signing: MixedSigning, hsm: SoftHsm
) -> None:
    signer, key = await made(access)
    [text] = await signing.sign([Draft(signer, "JWT", {})])
    away = hsm.folder / "away"
    (hsm.folder / "tokens").rename(away)
    (hsm.folder / "tokens").mkdir()
    fresh, _ = Signer("not there", "ES256", None), key
    with pytest.raises(SignerUnavailableError):
        await signing.sign([Draft(fresh, "JWT", {})])
    (hsm.folder / "tokens").rmdir()
    away.rename(hsm.folder / "tokens")
    [text] = await eventually(lambda: signing.sign([Draft(signer, "JWT", {"back": 1})]))
    assert claims_in(text, key, "ES256") == {"back": 1}


async def test_a_refused_pin_is_tried_once(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong, tries = HardwareModule(access._replace(pin="0" * 8)), []
    run = HardwareModule._run
    monkeypatch.setattr(HardwareModule, "_run", staticmethod(lambda told: (tries.append(1), run(told))[1]))
    for _ in range(3):
        with pytest.raises(SettingsError, match="refused ACCORD_PKCS11_PIN"):
            await wrong.about()
    assert len(tries) == 1
    signing = MixedSigning(access._replace(pin="0" * 8), apart=False)
    await signing.start()
    async with asyncio.timeout(30):
        while not signing.hardware._stopping:  # noqa: ASYNC110  # what is waited for happens in another process
            await asyncio.sleep(0.02)
    with pytest.raises(SignerUnavailableError):
        await signing.sign([Draft(Signer("any", "ES256", None), "JWT", {})])
    assert signing.hardware._replacing is None  # no further try
    await signing.stop()


async def test_keys_are_destroyed_that_no_row_came_of(access: Access, signing: MixedSigning) -> None:
    maker = Maker(b"s" * 32, HardwareModule(access))
    [one] = await maker.make([Slot("token", "ES256")], 0)
    await maker.discard([one])
    with pytest.raises(SignerUnavailableError):
        await signing.sign([Draft(Signer(one.kid, "ES256", None), "JWT", {})])


async def test_receipts_and_heads_are_signed_by_keys_of_ours(access: Access) -> None:
    maker = Maker(b"s" * 32, HardwareModule(access))
    slots = [Slot("receipt", "ES256"), Slot("ledger", "EdDSA")]
    assert [one.backend for one in await maker.make(slots, 0)] == [FILE, FILE]
    assert maker.backends == {FILE, "pkcs11"}


async def test_what_a_module_has_no_mechanism_for_is_made_here(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HardwareModule, "_run", staticmethod(lambda _told: {"unfit": True}))
    [one] = await Maker(b"s" * 32, HardwareModule(access)).make([Slot("token", "EdDSA")], 0)
    assert one.backend == FILE


@pytest.mark.parametrize("answer", [{"failed": "DeviceError"}, {}], ids=str)
async def test_a_module_that_fails_makes_nothing(
    access: Access, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    monkeypatch.setattr(HardwareModule, "_run", staticmethod(lambda _told: answer))
    with pytest.raises(SignerUnavailableError):
        await Maker(b"s" * 32, HardwareModule(access)).make([Slot("token", "ES256")], 0)


async def test_a_module_that_hangs_over_a_key_is_given_up(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HardwareModule, "_run", staticmethod(run_apart))
    monkeypatch.setattr(hardware, "_LONGEST_MAKING", 0.01)
    with pytest.raises(SignerUnavailableError) as refused:
        await HardwareModule(access).about()
    assert "hung" in refused.value.detail


async def test_without_the_module_its_keys_sign_nothing() -> None:
    signer = Signer("there", "ES256", None)
    with pytest.raises(SignerUnavailableError):
        signer.sign("JWT", {})
    signing = Signing()
    for apart in (False, True):
        if apart:
            await signing.start()
        with pytest.raises(SignerUnavailableError):
            await signing.sign([Draft(signer, "JWT", {})])
    await signing.stop()


def test_what_is_shown_of_the_access_has_no_pin(access: Access) -> None:
    assert access.pin not in f"{access} {access!r}"


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ({"pkcs11_module": "/no/such/library.so"}, "no such file"),
        ({"pkcs11_token": ""}, "ACCORD_PKCS11_TOKEN"),
        ({"pkcs11_pin": None}, "ACCORD_PKCS11_PIN"),
        ({"pkcs11_pin_file": "/no/such/file"}, "not both"),
        ({"pkcs11_pin": None, "pkcs11_pin_file": "/no/such/file"}, "cannot be read"),
    ],
)
def test_settings_that_could_never_work_are_refused(hsm: SoftHsm, missing: dict[str, Any], says: str) -> None:
    given = {"pkcs11_module": hsm.module, "pkcs11_token": hsm.token, "pkcs11_pin": hsm.pin}
    assert access_of(Settings(**given)) == Access(hsm.module, hsm.token, hsm.pin)
    assert access_of(Settings()) is None
    with pytest.raises(SettingsError, match=says):
        access_of(Settings(**{**given, **missing}))
