"""The same by hand: an auditor asks on a page, an administrator answers on another."""

import httpx

from foundation.clock import HOUR
from tests.foundation.web.sanity import defects
from tests.idp.support import World
from tests.idp.test_golden import someone
from tests.idp.unmasking.scene import REASON
from tests.idp.visitor import NewVisitor, Visitor, read

PATH = "/audit/unmasking"


async def asked(auditor: Visitor, pseudonym: str, **changed: str) -> httpx.Response:
    page = await auditor.get(f"{PATH}/new?person={pseudonym}")
    assert f'value="{pseudonym}"' in page.text
    given = {"person": pseudonym, "reason": REASON, "case": "2026-117", "hours": "1", "quiet": "0"}
    return await auditor.follow(await auditor.post(f"{PATH}/new", read(page).hidden | given | changed))


async def test_from_the_pseudonym_to_the_address(house: World, new_visitor: NewVisitor) -> None:
    await house.grant()
    (given,) = await house.events("consent.given")
    auditor = await someone(house, new_visitor(), "auditor")
    administrator = await someone(house, new_visitor(), "administrator")
    assert "Aucune demande" in (await auditor.get(PATH)).text
    assert "vous pourrez y répondre ici" in (await administrator.get(PATH)).text
    event = await auditor.get(f"/audit/events/{given['id']}")
    assert f"{PATH}/new?person={given['person']}" in event.text
    page = await asked(auditor, given["person"])
    path = page.url.path
    assert "Une autre personne doit répondre" in page.text
    token = {"form_token": read(page).hidden["form_token"]}  # of the header's own form
    for what in ({"decision": "approve"}, {"decision": "refuse"}):
        assert (await auditor.post(f"{path}/decide", token | what)).status_code == 409
    assert path in (await administrator.get(PATH)).text
    page = await administrator.get(path)
    assert REASON in page.text
    assert (await administrator.post(f"{path}/look", read(page).hidden)).status_code == 403
    assert (await administrator.post(f"{path}/decide", read(page).hidden)).status_code == 400
    page = await administrator.follow(
        await administrator.post(f"{path}/decide", read(page).hidden | {"decision": "approve"})
    )
    assert "Approuvée" in page.text
    page = await auditor.get(path)
    assert "amina@example.org" not in page.text
    seen = await auditor.post(f"{path}/look", read(page).hidden)
    assert "amina@example.org" in seen.text
    assert seen.headers["cache-control"] == "no-store"
    for one in (page, seen):
        assert defects(one.text) == []
    assert "amina@example.org" not in (await auditor.get(path)).text
    house.clock.advance(HOUR)
    page = await auditor.sign_in(await auditor.get("/login"), "auditor@example.org")
    assert (await auditor.post(f"{path}/look", read(page).hidden)).status_code == 409
    assert "Terminée" in (await auditor.get(PATH)).text


async def test_what_is_wrong_is_said_and_nothing_is_asked(house: World, new_visitor: NewVisitor) -> None:
    auditor = await someone(house, new_visitor(), "auditor")
    nobody = "p-" + "A" * 22
    page = await asked(auditor, nobody)
    assert "n’est dans aucun événement" in page.text
    page = await asked(auditor, nobody, reason="x", case="", hours="48", quiet="9")
    assert page.status_code == 400
    for text in ("en une phrase", "référence du dossier", "Choisissez une durée", "quand prévenir"):
        assert text in page.text
    assert await house.events("unmask.requested") == []
    assert (await auditor.get(f"{PATH}/{'0' * 32}")).status_code == 404
    assert (await auditor.get(f"{PATH}/x")).status_code == 404
