"""What an adviser asks of people on the tour: a request that waits, one refused, one agreed to."""

import asyncio

from idp.ciba.finding import PAGE
from tests.actors.browser import Browser
from tests.actors.house import Account
from tests.browser import samples

_MOST_LOOKS = 120


async def ask(desk: Browser, her: Browser, account: Account) -> dict[str, str]:
    """The addresses of a refused request and of another's consent screen; at the adviser's, of both."""
    refused, _ = await _asked(desk, her, account)
    await her.press(".refuse-request")
    refusal = her.path
    waiting, _ = await _asked(desk, her, account)
    await her.press(".open-request")
    return {
        "refused_request": refusal,
        "asked_elsewhere": her.page.url,
        "refused": refused,
        "appointment": waiting,
    }


async def agreed(desk: Browser, her: Browser, account: Account) -> str:
    """Where the adviser sees what she shared."""
    address, _ = await _asked(desk, her, account)
    await her.press(".open-request")
    await her.tick("skills")
    await her.accept()
    return address


async def _asked(desk: Browser, her: Browser, account: Account) -> tuple[str, str]:
    address, code = await samples.ask(desk, account.email)
    for _ in range(_MOST_LOOKS):  # who is meant is looked up a moment later, in the other process
        await her.visit(PAGE)
        if await her.says(code):
            return address, code
        await asyncio.sleep(0.25)
    raise AssertionError(f"{code} never came")
