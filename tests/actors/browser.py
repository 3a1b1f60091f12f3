"""A person with a browser: one page in a context of its own, over links, boxes and buttons."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.async_api import Locator, Page, Response

from tests.actors.house import Account, House
from tests.actors.watch import Watch


@dataclass(frozen=True, slots=True)
class Asked:
    """A consent screen as read. items: titles of values, by optional scope; ticked: values of boxes."""

    scopes: tuple[str, ...]
    items: dict[str, list[str]]
    facts: list[str]
    ticked: list[str]
    duration: str


class Browser:
    """A person's browser. also: origins of apps, which it may be sent to."""

    def __init__(self, page: Page, house: House, also: Iterable[str] = ()) -> None:
        self.page = page
        self.house = house
        self.watch = Watch(page, {house.issuer, house.coach, house.adviser, house.kiosk, *also}, house.issuer)
        self._shown: Response | None = None
        page.on("response", self._keep)

    # --- anywhere ----------------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """Path of the page shown."""
        return urlsplit(self.page.url).path

    def _keep(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self._shown = response

    async def source(self) -> str:
        """The page as it was sent, before the browser repaired anything."""
        assert self._shown is not None
        return await self._shown.text()

    def is_at_accord(self) -> bool:
        """Whether the page shown is one of Accord's, not an app's."""
        return self.page.url.startswith(self.house.issuer)

    def was_asked_for(self) -> bool:
        """Whether the page shown is no answer to a form: its address opens it again."""
        return self._shown is not None and self._shown.request.method == "GET"

    def at(self, selector: str) -> Locator:
        return self.page.locator(selector)

    async def visit(self, address: str) -> Response | None:
        """Open a page; a path is one of Accord's."""
        return await self.page.goto(self.house.issuer + address if address.startswith("/") else address)

    async def press(self, selector: str) -> None:
        """Click, and wait for the page it leads to."""
        async with self.page.expect_navigation():
            await self.at(selector).click()

    async def texts(self, selector: str) -> list[str]:
        """The text of each element, without its unseen parts."""
        return [" ".join(text.split()) for text in await self.at(selector).all_inner_texts()]

    async def title(self) -> str:
        """What the page calls itself."""
        return " ".join((await self.at("h1").inner_text()).split())

    async def says(self, text: str) -> bool:
        """Whether the page shows this text."""
        return text in " ".join((await self.at("main").inner_text()).split())

    # --- the account -------------------------------------------------------------------------------------

    async def sign_in(self, account: Account) -> None:
        """Fill the sign-in form that is shown."""
        await self.page.fill("[name=email]", account.email)
        await self.page.fill("[name=password]", account.password)
        await self.press("#sign-in")

    async def sign_in_at_accord(self, account: Account) -> None:
        """Open Accord itself and sign in."""
        await self.visit("/login")
        await self.sign_in(account)

    async def come_from_the_app(self, account: Account | None = None) -> None:
        """Press "continue with Accord" in the sample app, and sign in there when asked."""
        await self.visit(self.house.coach + "/")
        await self.press("#accord-sign-in")
        if account is not None:
            await self.sign_in(account)

    async def newest_mail(self, email: str) -> str:
        """The link of the last mail to an address, from the page where the demonstration shows mails."""
        await self.visit("/outbox")
        mail = (
            self.at(
                "article",
            )
            .filter(has_text=email)
            .first
        )
        return str(await mail.locator("a").first.get_attribute("href"))

    # --- the consent screen ------------------------------------------------------------------------------

    async def asked(self) -> Asked:
        """What the consent screen asks, shows and has ticked."""
        boxes = self.at("input[name=scope]")
        scopes = [str(await box.get_attribute("value")) for box in await boxes.all()]
        ticked = self.at("input[type=checkbox]:checked")
        return Asked(
            scopes=tuple(scopes),
            items={
                scope: await self.texts(f"#scope-{scope} >> xpath=ancestor::section >> .said > span")
                for scope in scopes
            },
            facts=await self.texts("main dl.facts dd"),
            ticked=[str(await box.get_attribute("value")) for box in await ticked.all()],
            duration=str(await self.at("input[name=duration]:checked").get_attribute("value")),
        )

    async def tick(self, *scopes: str) -> None:
        """Agree to scopes."""
        for scope in scopes:
            await self.at(f"input[name=scope][value={scope}]").check()

    async def hold_back(self, scope: str, nth: int = 0) -> str:
        """Keep one item of a scope; its title."""
        row = self.at(f"li:has(input[name=hide][value^='{scope}:'])").nth(nth)
        await row.locator("input[name=hide]").check()
        return " ".join((await row.locator(".said > span").inner_text()).split())

    async def share_for(self, duration: str) -> None:
        """Choose how long: once, 30d or 180d."""
        await self.at(f"input[name=duration][value='{duration}']").check()

    async def accept(self) -> None:
        await self.press("#accept")

    async def refuse(self) -> None:
        await self.press("#refuse")

    # --- the dashboard -----------------------------------------------------------------------------------

    async def grant_id(self, app: str) -> str:
        """The number of the living authorization of an app, as her dashboard links to it."""
        await self.visit("/account/apps")
        link = self.at(f"section.card:has-text('{app}') a[href^='/account/apps/']").first
        return str(await link.get_attribute("href")).rsplit("/", 1)[1]

    async def revoke(self, app: str) -> None:
        """One tap on the dashboard."""
        await self.visit("/account/apps")
        await self.press(f"section.card:has-text('{app}') button.revoke")
