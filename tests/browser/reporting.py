"""An access that somebody does not recognise, for the tour: reported from her history."""

from tests.actors.browser import Browser


async def report(her: Browser) -> dict[str, str]:
    """Report the newest line; names for places: the doubted event, and the report."""
    await her.visit("/account/history")
    link = her.at("a[href^='/account/history/disputes/new']").first
    event = str(await link.get_attribute("href")).rsplit("=", 1)[1]
    await her.visit(f"/account/history/disputes/new?event={event}")
    await her.page.fill("[name=note]", "Je n’ai rien demandé.\nPouvez-vous vérifier ?")
    await her.press("#report")
    return {"doubted": event, "dispute": her.path.rsplit("/", 1)[1]}
