"""An app with Authlib's client that asks by details, then looks after its grant to the last revoke."""

import json

from sqlalchemy import bindparam, update
from sqlmodel import col

from foundation.statements import Write
from idp.clients.registry import find_client
from idp.clients.tables import Client
from idp.running.opening import open_server
from tests.actors.relying_party import RelyingParty

SCOPE = "openid profile skills languages experiences trainings offline_access"
BOTH = "openid profile experiences offline_access"
ONLY = [
    {
        "type": "career_data",
        "datasets": ["skills", "trainings"],
        "actions": ["read"],
        "fields": {"skills": ["label"]},
        "items": "current",
        "purpose": "career_guidance",
        "duration": "90d",
        "frequency": {"reads": 50, "per": "day"},
    }
]
RICH = {
    "grant_types": ("authorization_code", "refresh_token", "client_credentials"),
    "authorization_details_types": ("career_data",),
}


async def rich_app(stage, name: str) -> RelyingParty:
    """A partner's app that may ask by details and looks after its grants."""
    app = await stage.app(name, SCOPE)
    async with open_server(stage.house.settings) as server, server.db.transaction() as tx:
        client = await find_client(tx, app.client_id)
        metadata = client.metadata.model_copy(update=RICH).model_dump_json()
        change = update(Client).where(col(Client.id) == bindparam("one")).values(metadata_json=metadata)
        assert await tx.run(Write(change), one=app.client_id) == 1
    return app


async def own_token(app: RelyingParty, scope: str) -> str:
    """A token of the app itself, by Authlib's client."""
    token = await app.http.fetch_token(
        app.meta["token_endpoint"], grant_type="client_credentials", scope=scope
    )
    return str(token["access_token"])


async def grant(app: RelyingParty, method: str, scope: str):
    place = f"{app.meta['grant_management_endpoint']}/{app.token['grant_id']}"
    headers = {"Authorization": f"Bearer {await own_token(app, scope)}"}
    return await app.http.request(method, place, headers=headers, withhold_token=True)


async def labels_of(app: RelyingParty, dataset: str) -> list[dict[str, str]]:
    answer = await app.read(dataset)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def look_after(app: RelyingParty) -> None:
    """What the app does by itself: see what it has, and give it back."""
    described = (await grant(app, "GET", "grant_management_query")).json()
    assert described["scopes"][0]["scope"] == "openid profile languages"
    assert [one["datasets"] for one in described["authorization_details"]] == [["languages"]]
    assert (await grant(app, "GET", "grant_management_revoke")).status_code == 403
    assert (await grant(app, "DELETE", "grant_management_revoke")).status_code == 204
    assert (await app.read("languages")).status_code == 401


async def test_scopes_and_details_from_the_screen_to_the_last_revoke(stage):
    app = await rich_app(stage, "Boussole riche")
    assert app.meta["authorization_details_types_supported"] == ["career_data"]
    amina, her = await stage.house.person("amina"), await stage.browser(width=320)

    first = app.attempt(BOTH, authorization_details=json.dumps(ONLY), grant_management_action="create")
    await her.visit(first.url)
    await her.sign_in(amina)
    assert (await her.asked()).scopes == ("skills", "experiences", "trainings")
    skills = her.at("section.card:has(#scope-skills)")
    assert "Uniquement : Compétence" in (await skills.inner_text()).replace("\N{NO-BREAK SPACE}", " ")
    assert await skills.locator("[name=future]").count() == 0
    assert await her.at("input[name=duration][value='180d']").count() == 0
    assert await her.says("50")  # the frequency that is promised
    await her.tick("skills", "experiences")
    kept = await her.hold_back("skills", 0)
    await her.share_for("90d")
    await her.accept()
    await app.redeem(first)
    assert app.token["authorization_details"] == [
        {
            "type": "career_data",
            "datasets": ["skills"],
            "actions": ["read"],
            "fields": {"skills": ["label"]},
            "items": "current",
            "purpose": "career_guidance",
            "duration": "90d",
            "frequency": {"reads": 50, "per": "day"},
        }
    ]
    items = await labels_of(app, "skills")
    assert {tuple(item) for item in items} == {("label",)}
    assert kept not in [item["label"] for item in items]
    assert await labels_of(app, "experiences")
    assert (await app.read("trainings")).status_code == 403

    old = dict(app.token)
    more = app.attempt("openid languages", grant_management_action="merge", grant_id=old["grant_id"])
    await her.visit(more.url)
    assert await her.at("input[name=scope]").count() == await her.at("#scope-languages").count() == 1
    assert await her.says("Ce que vous partagez déjà ne change pas")
    await her.tick("languages")
    await her.accept()
    await app.redeem(more)
    assert app.token["grant_id"] == old["grant_id"]
    for dataset in ("skills", "languages", "experiences"):
        assert await labels_of(app, dataset)

    less = app.attempt(
        "openid profile languages", grant_management_action="replace", grant_id=old["grant_id"]
    )
    await her.visit(less.url)
    assert await her.says("Votre choix remplacera ce que vous partagez aujourd’hui")
    await her.tick("languages")
    await her.share_for("30d")
    await her.accept()
    await app.redeem(less)
    assert (await app.read("skills")).status_code == 403

    await look_after(app)
    await her.visit("/account/history")
    assert await her.says("L’application a vérifié ce que vous partagez")
    await her.visit("/account/apps")
    assert await her.at(f"section.card:has-text('{app.name}') button.revoke").count() == 0


async def test_a_fresh_grant_says_that_the_other_one_ends(stage):
    app = await rich_app(stage, "Boussole neuve")
    amina, her = await stage.house.person("amina"), await stage.browser(language="en")
    first = app.attempt("openid profile skills")
    await her.visit(first.url)
    await her.sign_in(amina)
    await her.tick("skills")
    await her.share_for("30d")
    await her.accept()
    await app.redeem(first)
    before = dict(app.token)
    fresh = app.attempt("openid profile skills", grant_management_action="create")
    await her.visit(fresh.url)
    assert await her.says("A new authorisation will take the place of today’s")
    await her.tick("skills")
    await her.accept()
    await app.redeem(fresh)
    assert app.token["grant_id"] != before["grant_id"]
    assert await labels_of(app, "skills")
    app.token = before
    assert (await app.read("skills")).status_code == 401
