"""A lived-in house to walk through: someone who shares, someone new, the staff, each in a browser of hers."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import playwright.async_api as playwright
import pytest_asyncio

from idp.seed import PASSWORD
from tests.actors.browser import Browser
from tests.actors.house import ADMINISTRATOR, AUDITOR, PARTNER, Account, House
from tests.actors.stage import Stage
from tests.browser import elsewhere, families, leaving, strangers, unmasking
from tests.browser.places import Place
from tests.browser.reporting import report

WANTED = "openid profile skills"
WIDER = "openid profile skills languages job_targets contact offline_access"


# The pages that whole addresses of the tour are of.
LEADS_TO = {
    "{asked}": "/authorize/consent/{pending_id}",
    "{changed}": "/authorize/consent/{pending_id}",
    "{fresh}": "/authorize/consent/{pending_id}",
    "{paused}": "/authorize/consent/{pending_id}",
    "{unknown}": "/authorize/consent/{pending_id}",
    "{waiting_consent}": "/authorize/consent/{pending_id}",
    "{signing_in}": "/login",
    "{registering}": "/verify-email",
    "{resetting}": "/password/reset",
    "{app}": "/partner/apps/{client_id}",
    "{app}/declaration": "/partner/apps/{client_id}/declaration",
    "{request}": "/admin/declarations/{client_id}/{version}",
    "{drafted}": "/with-a-parent/{agreement_id}",
    "{waiting}": "/with-a-parent/{agreement_id}",
    "{to_answer}": "/account/children/{agreement_id}",
    "{erased}": "/erased/{event_id}",
    "{asked_elsewhere}": "/authorize/consent/{pending_id}",
    "{refused_request}": "/account/requests/{asked_id}",
}


class Tour:
    """Browsers by role, and the addresses that depend on what happened before."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.browsers: dict[str, Browser] = {}
        self.names: dict[str, str] = {
            "coach": stage.house.coach,
            "adviser": stage.house.adviser,
            "kiosk": stage.house.kiosk,
        }

    async def open(self, place: Place) -> Browser:
        """Go to a place and do there what it says."""
        browser = self.browsers[place.who]
        await browser.visit(place.path.format(**self.names))
        if place.act is not None:
            await place.act(browser)
        return browser

    async def move_in(self) -> None:
        """Everything that the places stand on."""
        nobody = self.browsers["nobody"] = await self._browser()
        house = self.stage.house
        amina, chloe = await house.person("amina"), await house.person("chloe")
        newcomer = await house.person("amina")
        for who, account in (("her", amina), ("newcomer", newcomer), ("chloe", chloe)):
            await self._sign_in(who, account)
        for who, account in (("auditor", AUDITOR), ("administrator", ADMINISTRATOR), ("partner", PARTNER)):
            await self._sign_in(who, account)
        await self._share(self.browsers["her"])
        self.names |= await report(self.browsers["her"])
        await self.browsers["newcomer"].come_from_the_app()
        self.names["asked"] = self.browsers["newcomer"].page.url
        self.names |= await elsewhere.ask(nobody, self.browsers["newcomer"], newcomer)
        await self._at_other_screens(nobody)
        await self._ask_more(self.browsers["her"])
        await self._rest(self.browsers["her"])
        await self.browsers["her"].visit(await strangers.asking(house))
        self.names["unknown"] = self.browsers["her"].page.url
        await self._letters(nobody, amina)
        await self._leave()
        await self._partners_and_families()
        event = await self.browsers["auditor"].visit(f"/audit/grants/{self.names['grant']}")
        assert event is not None
        link = self.browsers["auditor"].at("table th a").first
        self.names["event"] = str(await link.get_attribute("href")).rsplit("/", 1)[1]
        self.names |= await unmasking.ask(
            self.browsers["auditor"], self.browsers["administrator"], self.names["event"]
        )

    async def _browser(self) -> Browser:
        # Without motion: a colour half-way between light and dark is nobody's choice.
        return await self.stage.browser(scripts=True, reduced_motion="reduce")

    async def _sign_in(self, who: str, account: Account) -> None:
        browser = self.browsers[who] = await self._browser()
        await browser.sign_in_at_accord(account)

    async def _share(self, her: Browser) -> None:
        """Once, taken back; then again, for longer."""
        for name in ("ended", "grant"):
            await her.come_from_the_app()
            await her.tick("skills", "experiences", "email")
            await her.hold_back("skills", 2)
            await her.share_for("30d")
            await her.accept()
            self.names[name] = await her.grant_id("Cap Coaching")
            if name == "ended":
                await her.revoke("Cap Coaching")
                await her.visit(her.house.coach + "/me")

    async def _ask_more(self, her: Browser) -> None:
        """An app to which she shares a little asks for more."""
        app = await self.stage.app("Forum Plus", WIDER)
        await her.visit(app.attempt(WANTED).url)
        await her.tick("skills")
        await her.share_for("30d")
        await her.accept()
        await her.visit(app.attempt(WIDER).url)
        self.names["changed"] = her.page.url
        await her.visit(app.attempt(WIDER, grant_management_action="create").url)
        self.names["fresh"] = her.page.url
        await self.browsers["nobody"].visit(app.attempt(WANTED).url)
        self.names["signing_in"] = self.browsers["nobody"].page.url

    async def _rest(self, her: Browser) -> None:
        """An app that she paused, and that she signs in through once more."""
        app = await self.stage.app("Halte", WIDER)
        await her.visit(app.attempt(WIDER).url)
        await her.tick("skills")
        await her.share_for("180d")
        await her.accept()
        self.names["resting"] = await her.grant_id("Halte")
        await her.visit(f"/account/apps/{self.names['resting']}")
        await her.press("#pause")
        await her.visit(app.attempt(WIDER).url)
        self.names["paused"] = her.page.url

    async def _at_other_screens(self, nobody: Browser) -> None:
        """Who answered an adviser and comes to the kiosk; who leaves, and an app with her."""
        house = self.stage.house
        somebody, leaver = await house.person("amina"), await house.person("chloe")
        await self._sign_in("at the kiosk", somebody)
        await self._sign_in("leaver", leaver)
        self.names["agreed"] = await elsewhere.agreed(nobody, self.browsers["at the kiosk"], somebody)
        await leaving.signed_in_there(self.browsers["leaver"], self.stage)

    async def _partners_and_families(self) -> None:
        """A request that waits for the administrator; children who ask a parent, who answered one."""
        house = self.stage.house
        app = await families.waiting_request(house)
        self.names |= {"app": f"/partner/apps/{app}", "request": f"/admin/declarations/{app}/2"}
        mum = await families.account(house, "maman", child=False)
        await families.agreed_before(house, mum)
        await self._sign_in("mum", mum)
        for child in ("lea", "tom"):
            await self._sign_in(child, await families.account(house, child, child=True))
        self.names["drafted"] = await families.choose(self.browsers["lea"])
        self.names["to_answer"] = await families.ask(self.browsers["tom"], mum)
        self.names["waiting"] = self.browsers["tom"].path
        await self.browsers["tom"].press("#go-on")
        self.names["waiting_consent"] = self.browsers["tom"].page.url

    async def _leave(self) -> None:
        """Somebody who shared, and erased her account."""
        await self._sign_in("gone", await self.stage.house.person("chloe"))
        gone = self.browsers["gone"]
        await gone.come_from_the_app()
        await gone.accept()
        await gone.visit("/account/delete")
        await gone.page.fill("[name=current_password]", PASSWORD)
        await gone.press("#erase")
        self.names["erased"] = gone.path

    async def _letters(self, nobody: Browser, amina: Account) -> None:
        newcomer = f"dora-{secrets.token_hex(4)}@example.org"
        for name, path, address, button in (
            ("registering", "/register", newcomer, "#register"),
            ("resetting", "/password/forgot", amina.email, "#forgot"),
        ):
            await nobody.visit(path)
            await nobody.page.fill("[name=email]", address)
            await nobody.press(button)
            self.names[name] = await nobody.newest_mail(address)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def tour(chromium: playwright.Browser, house: House) -> AsyncIterator[Tour]:
    """The same lived-in house for every test of pages."""
    async with AsyncExitStack() as exits:
        walk = Tour(Stage(chromium, house, exits))
        await walk.move_in()
        yield walk
