"""What a place is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.actors.browser import Browser

Act = Callable[[Browser], Awaitable[None]]
NO_ID = "0" * 32


@dataclass(frozen=True, slots=True)
class Place:
    """One page. who: role of the browser that opens it. path: with `{grant}`, `{event}`… of the tour."""

    name: str
    who: str
    path: str
    act: Act | None = None


async def every_detail(browser: Browser) -> None:
    """Everything that is folded, unfolded."""
    for summary in await browser.at("main summary").all():
        await summary.click()
