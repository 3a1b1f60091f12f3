"""Who may register apps: tokens made, shown once, seen and revoked; and whose word counts."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from foundation.clock import DAY
from idp.clients.declarations import Hand
from idp.registration import tokens
from idp.registration.policy import Policy
from tests.idp.admin.apps import administrator
from tests.idp.people.house import Browser, House, make_server, plain
from tests.idp.registration.newcomer import initial_token
from tests.idp.tokens import app_key

PAGE, NEW = "/admin/registration", "/admin/registration/new"
ASKED: dict[str, Any] = {
    "contact": "Cap Emploi, à Lyon",
    "uses": "12",
    "days": "30",
    "secret_days": "0",
    "declare": "any",
    "grants": ["authorization_code", "refresh_token"],
}


async def made(browser: Browser, **fields: Any) -> str:
    await browser.get(NEW)
    answer = await browser.post(NEW, **ASKED | fields)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found = re.search(r'<code id="token">(iat_[^<]+)</code>', answer.text)
    assert found is not None
    return found[1]


async def kept(house: House, text: str) -> tokens.TokenRow:
    async with house.db.reading() as tx:
        return await tokens.find(tx, text, house.people.server.secrets.token_hash, house.clock.now())


async def test_a_token_is_made_as_the_form_says_and_shown_once(house: House) -> None:
    admin = await administrator(house)
    text = await made(
        admin,
        approved=["profile", "skills"],
        required="profile",
        declare="none",
        grants=["refresh_token", "authorization_code", "client_credentials"],
        no_pkce="1",
        public_subjects="1",
        secret_days="90",
    )
    row = await kept(house, text)
    assert row.policy == Policy(
        approved=("openid", "profile", "skills"),
        required=("openid", "profile"),
        declarable=(),
        grant_types=("authorization_code", "refresh_token", "client_credentials"),
        pkce=False,
        public_subjects=True,
        secret_seconds=90 * 86_400,
    )
    assert (row.uses, row.used, row.contact) == (12, 0, "Cap Emploi, à Lyon")
    assert row.expires_at - row.created_at == 30 * DAY
    [event] = await house.events("registration.token_made")
    assert (event["facts"]["token"], event["facts"]["uses"]) == (row.id, 12)
    assert event["person"] is not None  # whoever made it
    page = plain(await admin.get(PAGE))
    assert text.partition(".")[2] not in page
    for part in (
        "Cap Emploi, à Lyon",
        "0 fois sur 12",
        "par vous",
        "Valable",
        "Leurs secrets durent 90 jours",
    ):
        assert part in page


async def test_who_made_it_how_often_it_was_used_and_what_it_is_at(house: House) -> None:
    server, admin = house.people.server, await administrator(house)
    await made(admin, uses="3")
    by_command, text = await initial_token(server, uses=2)
    async with house.db.transaction() as tx:
        await tokens.spend(tx, by_command, house.clock.now())
    other = await administrator(house, "zoe@example.org")
    page = plain(await other.get(PAGE))
    assert "par admin@example.org" in page
    assert "par la commande de l’exploitant" in page
    assert "1 fois sur 2" in page
    assert (await kept(house, text)).used == 1
    house.clock.advance(31 * DAY)
    admin = await house.signed_in("admin@example.org")
    page = plain(await admin.get(PAGE))
    assert page.count("Épuisé ou expiré") == 2
    assert 'name="token"' not in page


async def test_revoked_it_registers_nothing_and_is_no_more_to_revoke(house: House) -> None:
    admin = await administrator(house)
    row = await kept(house, await made(admin))
    await admin.get(PAGE)
    answer = await admin.post(f"{PAGE}/revoke", token=row.id)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done=revoked")
    page = plain(await admin.get(f"{PAGE}?done=revoked"))
    assert "Le jeton est révoqué" in page
    assert 'name="token"' not in page
    [event] = await house.events("registration.token_revoked")
    assert event["facts"]["token"] == row.id
    for unknown in (row.id, "0" * 32, "x", ""):
        assert (await admin.post(f"{PAGE}/revoke", token=unknown)).status_code == 404
    assert len(await house.events("registration.token_revoked")) == 1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"contact": " "}, "contact"),
        ({"contact": "x" * 201}, "contact"),
        ({"contact": "Cap\u202eEmploi"}, "contact"),
        ({"uses": "0"}, "uses"),
        ({"uses": "10001"}, "uses"),
        ({"uses": "-1"}, "uses"),
        ({"uses": "9" * 400}, "uses"),
        ({"uses": "١"}, "uses"),
        ({"days": ""}, "days"),
        ({"days": "3661"}, "days"),
        ({"secret_days": "1.5"}, "secret_days"),
        ({"required": "skills"}, "required"),
        ({"grants": []}, "grants"),
        ({"grants": "password"}, "grants"),
    ],
)
async def test_what_is_wrong_with_the_form_is_told_and_nothing_is_made(
    house: House, wrong: dict[str, Any], told: str
) -> None:
    admin = await administrator(house)
    await admin.get(NEW)
    answer = await admin.post(NEW, **ASKED | wrong)
    assert answer.status_code == 422
    assert f'<a href="#{told}">' in answer.text
    assert answer.text.count('<li><a href="#') == 1
    assert "Cap Emploi, à Lyon" in answer.text or told == "contact"  # what was right stays
    assert await house.events("registration.token_made") == []


async def test_boxes_that_are_not_ours_count_for_nothing(house: House) -> None:
    admin = await administrator(house)
    text = await made(admin, approved=["openid", "root", "skills"], declare="x", grants="authorization_code")
    policy = (await kept(house, text)).policy
    assert policy.approved == ("openid", "skills")
    assert policy.declarable == ()


async def test_tokens_come_in_pages(house: House) -> None:
    server, admin = house.people.server, await administrator(house)
    hand = Hand(house.clock.now())
    wish = tokens.Wish(Policy(), 1, hand.now + DAY)
    async with house.db.transaction() as tx:
        for _ in range(tokens.PAGE + 1):
            await tokens.make(tx, wish, server.secrets.token_hash, hand)
    first = (await admin.get(PAGE)).text
    assert first.count("<article") == tokens.PAGE
    assert "Sans destinataire" in first
    older = re.search(rf'href="({PAGE}\?before=[0-9a-f]+)"', first)
    assert older is not None
    assert (await admin.get(older[1])).text.count("<article") == 1
    assert (await admin.get(f"{PAGE}?before=zz")).text.count("<article") == tokens.PAGE


async def test_whose_word_on_software_counts(house: House, tmp_path: Path) -> None:
    file = tmp_path / "issuers.json"
    key = app_key("attests")
    file.write_bytes(orjson.dumps({"https://<b>trust.example": {"keys": [key.as_dict(private=False)]}}))
    settings = {
        "software_statement_issuers": file,
        "client_registration": "open",
        "client_id_documents": True,
    }
    server = make_server(house.db, house.clock, **settings)
    house.people = type(house.people).open(server, house.people.hooks)
    try:
        page = plain(await (await administrator(house)).get(f"{PAGE}?lang=en"))
    finally:
        house.people.close()
    assert "https://&lt;b&gt;trust.example" in page
    assert f"<code>{key.kid}</code>" in page
    assert "Any app registers by itself" in page
    assert "An address may be an app too" in page


async def test_nothing_yet(house: House) -> None:
    page = plain(await (await administrator(house)).get(PAGE))
    assert "avec un jeton que vous donnez" in page
    assert "Aucun émetteur n’est approuvé" in page
    assert "Aucun jeton" in page


@pytest.mark.parametrize("role", ["person", "partner", "auditor"])
async def test_nobody_else_sees_them(house: House, role: str) -> None:
    await house.account(role=role)
    browser = await house.signed_in()
    for path in (PAGE, NEW, "/admin/app?client_id=x"):
        assert (await browser.get(path)).status_code == 403
    for path in (NEW, f"{PAGE}/revoke", "/admin/app/suspend", "/admin/app/resume"):
        assert (await browser.post(path)).status_code == 403
