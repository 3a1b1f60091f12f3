"""Keys behind an app's own address: when it is asked, how long an answer lasts, what is refused in it."""

import asyncio
import json
from typing import Any, cast

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from foundation.clock import HOUR, MINUTE, SECOND, FrozenClock
from foundation.outbound.fetching import Answer, Outbound
from foundation.outbound.problems import OutboundError
from idp.clients import published_keys
from idp.clients.assertion import UnverifiedAssertion
from idp.clients.jwks import read_published_jwks
from idp.clients.metadata import ClientMetadata
from idp.clients.published_keys import PublishedKeys
from idp.clients.registry import Client
from tests.idp.tokens import app_key, b64, public_jwks

URI = "https://coach.example/keys"
DOWN = OutboundError("outbound_unreachable", "The address could not be reached.", status=502, detail="down")


class Web:
    """A way out that leads to one address, whose answers the test sets."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Answer | Exception = DOWN
        self.slow: asyncio.Event | None = None

    def say(self, jwks: str, *, media_type: str = "application/json", **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = Answer(media_type, named, jwks.encode())

    async def fetch(self, url: str, *, accept: str, most: int) -> Answer:
        assert "application/jwk-set+json" in accept
        assert most == 65_536
        self.asked.append(url)
        if self.slow is not None:
            await self.slow.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
def keys(web: Web, clock: FrozenClock) -> PublishedKeys:
    return PublishedKeys(cast(Outbound, web), clock.now)


def app(uri: str | None = URI, client_id: str = "app", *, suspended: bool = False, **fields: Any) -> Client:
    given: dict[str, Any] = {
        "name": "Cap",
        "redirect_uris": ("https://coach.example/cb",),
        "auth_method": "private_key_jwt",
        "jwks_uri": uri,
    } | fields
    return Client(client_id, ClientMetadata(**given), None, suspended)


def by(kid: str | None = "ES256-1") -> UnverifiedAssertion:
    return UnverifiedAssertion("a.b.c", "app", kid)


def kids(keys: PublishedKeys, client: Client | None = None) -> list[str]:
    found = keys.of(client or app())
    return [] if found is None else [str(key.kid) for key in found]


async def test_nothing_is_asked_of_an_app_without_an_address_or_that_may_not_sign_in(
    web: Web, keys: PublishedKeys
) -> None:
    by_value = app(None, jwks=public_jwks(app_key()))
    by_secret = app(auth_method="client_secret_basic")
    for client in (None, by_value, by_secret, app(suspended=True)):
        assert not await keys.renewed(by(), client)
    assert web.asked == []
    assert keys.of(by_value) is None
    assert len(keys._held) == 0


async def test_the_address_is_asked_when_first_needed_and_not_again_while_its_answer_is_fresh(
    web: Web, keys: PublishedKeys, clock: FrozenClock
) -> None:
    web.say(public_jwks(app_key(), app_key("RS256")))
    assert kids(keys) == []
    assert await keys.renewed(by(), app())
    assert kids(keys) == ["ES256-1", "RS256-1"]
    for kid in ("ES256-1", "RS256-1", None):
        assert not await keys.renewed(by(kid), app())
    clock.advance(5 * MINUTE - 1)
    assert not await keys.renewed(by(), app())
    clock.advance(1)
    assert await keys.renewed(by(), app())
    assert web.asked == [URI, URI]


@pytest.mark.parametrize(
    ("cache_control", "minutes"),
    [
        ("", 5),
        ("no-store", 5),
        ("max-age=0", 5),
        ("max-age=60", 5),
        ("public, max-age=600", 10),
        ("Max-Age=600", 10),
        ('max-age="600"', 10),
        ("s-maxage=60,max-age=660, immutable", 11),
        ("x-max-age=660", 5),
        ("max-age=86400", 15),
        ("max-age=999999999", 15),
        ("max-age=99999999999999999999", 5),
        ("max-age=-1", 5),
        ("max-age=soon", 5),
        ("max-age=١٢٣", 5),
    ],
)
async def test_how_long_an_answer_is_fresh(
    web: Web, keys: PublishedKeys, clock: FrozenClock, cache_control: str, minutes: int
) -> None:
    web.say(public_jwks(app_key()), cache_control=cache_control)
    await keys.renewed(by(), app())
    clock.advance(minutes * MINUTE - 1)
    assert not await keys.renewed(by(), app())
    clock.advance(1)
    assert await keys.renewed(by(), app())


async def test_an_app_that_turns_its_keys_twice_at_once_is_followed(
    web: Web, keys: PublishedKeys, clock: FrozenClock
) -> None:
    """OpenID Connect Core section 10.1.1: a key that is not known is looked for where keys are published."""
    for number in (1, 2, 3):
        web.say(public_jwks(app_key("ES256", number)))
        assert await keys.renewed(by(f"ES256-{number}"), app())
        assert kids(keys) == [f"ES256-{number}"]
        clock.advance(SECOND)
    assert not await keys.renewed(by("ES256-4"), app())  # that was enough in a row


async def test_an_unknown_key_makes_us_ask_three_times_in_a_row_and_once_a_minute_on_the_whole(
    web: Web, keys: PublishedKeys, clock: FrozenClock
) -> None:
    web.say(public_jwks(app_key()))
    await keys.renewed(by(), app())
    assert [await keys.renewed(by(f"made-up-{number}"), app()) for number in range(50)] == [
        True,
        True,
        *[False] * 48,
    ]
    for number in range(600):  # ten minutes of a flood, a key never seen before in each call
        clock.advance(SECOND)
        await keys.renewed(by(f"another-{number}"), app())
    assert len(web.asked) == 3 + 10
    assert not await keys.renewed(by(), app())  # what is known is judged without asking
    clock.advance(3 * MINUTE)
    web.say(public_jwks(app_key(), app_key("ES256", 2)))
    assert await keys.renewed(by("ES256-2"), app())
    assert kids(keys) == ["ES256-1", "ES256-2"]


async def test_apps_that_share_an_address_share_its_minute(
    web: Web, keys: PublishedKeys, clock: FrozenClock
) -> None:
    web.say(public_jwks(app_key()))
    assert await keys.renewed(by(), app())
    assert not await keys.renewed(by(), app(client_id="sister"))
    assert kids(keys, app(client_id="sister")) == ["ES256-1"]
    assert await keys.renewed(by(), app("https://other.example/keys"))
    for number in range(10):
        await keys.renewed(by(f"made-up-{number}"), app(client_id="sister" if number % 2 else "app"))
    assert web.asked.count(URI) == published_keys.IN_A_ROW


async def test_the_last_good_set_outlives_an_address_that_fails_for_an_hour(
    web: Web, keys: PublishedKeys, clock: FrozenClock
) -> None:
    web.say(public_jwks(app_key()))
    await keys.renewed(by(), app())
    spoiled = [DOWN, "not json", '{"keys": []}', public_jwks(OctKey.generate_key(256)), "{" * 50_000]
    for number in range(59):
        clock.advance(MINUTE)
        bad = spoiled[number % len(spoiled)]
        web.answer = bad if isinstance(bad, Exception) else Answer("application/json", {}, bad.encode())
        await keys.renewed(by("newer"), app())
        assert kids(keys) == ["ES256-1"]
    assert len(web.asked) == 60
    clock.advance(MINUTE)
    await keys.renewed(by(), app())
    assert kids(keys) == []
    clock.advance(MINUTE)
    web.say(public_jwks(app_key("ES256", 2)))
    assert await keys.renewed(by(), app())
    assert kids(keys) == ["ES256-2"]


async def test_a_key_taken_back_is_gone_within_a_quarter_of_an_hour(
    web: Web, keys: PublishedKeys, clock: FrozenClock
) -> None:
    web.say(public_jwks(app_key(), app_key("ES256", 2)), cache_control="max-age=31536000")
    await keys.renewed(by(), app())
    web.say(public_jwks(app_key("ES256", 2)))
    clock.advance(15 * MINUTE)
    assert await keys.renewed(by(), app())
    assert kids(keys) == ["ES256-2"]


async def test_an_address_that_never_answered_is_asked_again_after_a_minute(
    web: Web, keys: PublishedKeys, clock: FrozenClock
) -> None:
    assert await keys.renewed(by(), app())
    assert not await keys.renewed(by(), app())
    assert kids(keys) == []
    web.say(public_jwks(app_key()))
    clock.advance(MINUTE)
    assert await keys.renewed(by(), app())
    assert kids(keys) == ["ES256-1"]


# --- many at once ----------------------------------------------------------------------------------------


async def test_those_who_wait_for_an_address_wait_for_one_fetch(web: Web, keys: PublishedKeys) -> None:
    web.say(public_jwks(app_key()))
    web.slow = asyncio.Event()
    calls = [asyncio.create_task(keys.renewed(by(), app())) for _ in range(30)]
    await asyncio.sleep(0)
    web.slow.set()
    assert all(await asyncio.gather(*calls))
    assert web.asked == [URI]
    assert kids(keys) == ["ES256-1"]


async def test_a_fetch_for_an_unknown_key_holds_up_nobody_whose_key_is_known(
    web: Web, keys: PublishedKeys, clock: FrozenClock
) -> None:
    web.say(public_jwks(app_key()))
    await keys.renewed(by(), app())
    clock.advance(MINUTE)
    web.slow = asyncio.Event()
    stranger = asyncio.create_task(keys.renewed(by("made-up"), app()))
    await asyncio.sleep(0)
    assert not await asyncio.wait_for(keys.renewed(by(), app()), 1)
    newcomer = asyncio.create_task(keys.renewed(by("ES256-2"), app()))
    await asyncio.sleep(0)
    assert not newcomer.done()
    web.say(public_jwks(app_key("ES256", 2)))
    web.slow.set()
    assert await stranger
    assert await newcomer
    assert kids(keys) == ["ES256-2"]
    assert len(web.asked) == 2


async def test_a_call_that_is_given_up_leaves_the_address_to_others(
    web: Web, keys: PublishedKeys, clock: FrozenClock
) -> None:
    web.slow = asyncio.Event()
    given_up = asyncio.create_task(keys.renewed(by(), app()))
    await asyncio.sleep(0)
    patient = asyncio.create_task(keys.renewed(by(), app()))
    await asyncio.sleep(0)
    given_up.cancel()
    assert await asyncio.wait_for(patient, 30)  # not served, nor stuck
    clock.advance(MINUTE)
    web.say(public_jwks(app_key()))
    web.slow.set()
    assert await keys.renewed(by(), app())
    assert kids(keys) == ["ES256-1"]


async def test_memory_is_bounded(web: Web, keys: PublishedKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published_keys, "_MOST_SETS", 5)
    web.say(public_jwks(app_key()))
    for number in range(20):
        await keys.renewed(by(), app())  # in use all the time
        await keys.renewed(by(), app(f"https://coach{number}.example/keys"))
        assert len(keys._held) <= 5
    assert web.asked.count(URI) == 1


# --- what is in a set ------------------------------------------------------------------------------------


def jwk(key: Any, **changed: Any) -> dict[str, Any]:
    members = key.as_dict(private=False) | changed
    return {name: value for name, value in members.items() if value is not None}


def published(*jwks: Any) -> str:
    return json.dumps({"keys": list(jwks)})


def test_keys_of_other_kinds_are_for_others() -> None:
    others = [
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"},
        {"kty": "EC"},
        {"kty": 7},
        {},
        jwk(ECKey.generate_key("P-384")),
        jwk(OKPKey.generate_key("X25519")),
        jwk(app_key("ES256", 3), kid=["x"]),
        {"kty": "RSA", "n": b64(b"\xc1" * 128), "e": "AQAB"},
        {"kty": "RSA", "n": b64(b"\xc1" * 1200), "e": "AQAB"},
        {"kty": "RSA", "n": b64(b"\xc1" * 256), "e": b64(b"\xc1" * 200)},
        {"kty": "RSA", "n": b64(b"\xc1" * 256), "e": b64(b"\x01" * 9)},
    ]
    found = read_published_jwks(published(*others, jwk(app_key())))
    assert [key.kid for key in found] == ["ES256-1"]
    for other in others:
        with pytest.raises(ValueError):  # noqa: PT011  # each has a sentence of its own
            read_published_jwks(published(other))


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_a_private_member_spoils_the_whole_set(member: str) -> None:
    rsa = app_key("RS256")
    assert isinstance(rsa, RSAKey)
    with pytest.raises(ValueError, match="private key"):
        read_published_jwks(published(jwk(app_key()), jwk(rsa, **{member: "AA"})))


def test_a_symmetric_key_spoils_the_whole_set() -> None:
    secret = OctKey.generate_key(256).as_dict(private=True)
    with pytest.raises(ValueError, match="symmetric"):
        read_published_jwks(published(jwk(app_key()), secret))


@pytest.mark.parametrize("media_type", ["application/json", "application/jwk-set+json", "application/x+json"])
async def test_a_set_is_json(web: Web, keys: PublishedKeys, media_type: str) -> None:
    web.say(public_jwks(app_key()), media_type=media_type)
    await keys.renewed(by(), app())
    assert kids(keys) == ["ES256-1"]


@pytest.mark.parametrize("media_type", ["", "text/html", "text/plain", "application/octet-stream", "json"])
async def test_what_is_not_said_to_be_json_is_no_set(web: Web, keys: PublishedKeys, media_type: str) -> None:
    web.say(public_jwks(app_key()), media_type=media_type)
    await keys.renewed(by(), app())
    assert kids(keys) == []


async def test_bytes_that_are_no_text_are_no_set(web: Web, keys: PublishedKeys) -> None:
    web.answer = Answer("application/json", {}, b'{"keys": "\xff"}')
    await keys.renewed(by(), app())
    assert kids(keys) == []


def test_a_set_is_kept_much_longer_than_it_is_fresh_and_asked_for_much_later_than_asked() -> None:
    assert published_keys.ASKED_EVERY < published_keys.SHORTEST < published_keys.LONGEST < HOUR
    assert published_keys._since_start() <= published_keys._since_start()
