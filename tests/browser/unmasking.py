"""An auditor who asks twice whom a pseudonym stands for, and an administrator who said yes once."""

from tests.actors.browser import Browser


async def ask(auditor: Browser, administrator: Browser, event: str) -> dict[str, str]:
    """Two requests about the person of an event: one that waits, one that is open."""
    found = {}
    for name in ("unmask", "unmasked"):
        await auditor.visit(f"/audit/events/{event}")
        await auditor.press("a[href^='/audit/unmasking/new']")
        await auditor.page.fill("[name=reason]", "ACME-2026 audit, point 4: reads at night")
        await auditor.page.fill("[name=case]", "2026-117")
        await auditor.press("#ask-unmask")
        found[name] = auditor.path.rsplit("/", 1)[1]
    await administrator.visit(f"/audit/unmasking/{found['unmasked']}")
    await administrator.press("#approve-unmask")
    return found


async def look(auditor: Browser) -> None:
    """See who it is."""
    await auditor.press("#look")


async def ask_nothing(auditor: Browser) -> None:
    """Send the form as it is."""
    await auditor.page.evaluate("document.querySelector('main form').noValidate = true")
    await auditor.press("#ask-unmask")
