"""Who runs the server is named where the law wants it: the screen, the record, the receipt, the register."""

import re
from pathlib import Path

import pytest

from foundation.settings import Settings
from idp.duties.register import register
from tests.consent.records.checking import record_faults
from tests.idp.receipts.papers import paper
from tests.idp.support import World, settings_for
from tests.idp.visitor import NewVisitor, Visitor, sent_back

NAME, CONTACT = "Maison de l’emploi", "dpo@emploi.example"


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return settings_for(sqlite_url, tmp_path, holder_name=NAME, holder_contact=CONTACT)


async def test_the_holder_is_named_with_its_officer(
    house: World, visitor: Visitor, new_visitor: NewVisitor
) -> None:
    shown = await visitor.start()
    assert f"{NAME} garde votre profil" in shown.text
    assert CONTACT in shown.text
    sent_back(await visitor.decide(shown))
    record = (await paper(house))["claims"]["record"]
    holder = next(one for one in record["parties"] if one["party_role"] == "holder")
    assert (holder["party_name"], holder["party_contact"]) == (NAME, CONTACT)
    assert record_faults(record) == []
    listed = await visitor.get("/account/receipts")
    assert f"Service tenu par {NAME}." in listed.text
    newest = re.search(r"/account/receipts/[0-9a-f]{32}", listed.text)
    assert newest is not None
    assert f"{NAME} – {CONTACT}" in (await visitor.get(newest[0])).text
    help_page = await new_visitor().get("/help")
    assert f'<a href="mailto:{CONTACT}">{CONTACT}</a>' in help_page.text
    written = register(house.server.settings, [house.client], house.clock.now())
    assert written["controller"] == {"name": NAME, "service": house.server.issuer, "contact": CONTACT}
    assert written["activities"][-1]["automated"] is None
