"""She lives in La Réunion: she chooses her hours where they are named, and reads them there from then on."""

from datetime import datetime
from zoneinfo import ZoneInfo

REUNION = ZoneInfo("Indian/Reunion")


async def hours_told(her, zone: ZoneInfo) -> list[str]:
    """The hour of each event shown, as its machine-readable time has it in a zone."""
    moments = [await one.get_attribute("datetime") for one in await her.at(".event > time").all()]
    return [f"{datetime.fromisoformat(str(one)).astimezone(zone):%H:%M}" for one in moments]


async def test_hours_are_those_of_the_place_she_chooses(stage):
    amina, her = await stage.house.person("amina"), await stage.browser(width=320)
    await her.come_from_the_app(amina)
    await her.tick("skills")
    await her.share_for("30d")
    await her.accept()
    grant = await her.grant_id("Cap Coaching")
    history = f"/account/history?grant={grant}"
    await her.visit(history)
    assert await her.texts(".event > time") == await hours_told(her, ZoneInfo("Europe/Paris"))

    await her.press("a:has-text('Heure locale : Paris.')")
    assert await her.title() == "Votre heure"
    assert await her.at("[name=zone]:checked").get_attribute("value") == "Europe/Paris"
    await her.at("label:has-text('La Réunion')").click()
    await her.press("#choose")
    assert her.page.url == her.house.issuer + history
    assert await her.says("Heure locale : La Réunion.")
    assert await her.texts(".event > time") == await hours_told(her, REUNION) != []

    await her.visit(f"/account/apps/{grant}")
    await her.press("footer a:has-text('Heure locale : La Réunion.')")
    assert await her.at("[name=zone]:checked").get_attribute("value") == "Indian/Reunion"
    await her.press(".crumbs a")
    assert her.path == f"/account/apps/{grant}"
