"""What the tour finds between a sign-out and where it leads: an app is framed, to sign her out there too."""

from idp.commands.client_requests import _change
from idp.running.opening import open_server
from tests.actors.browser import Browser
from tests.actors.stage import Stage
from tests.browser.samples import still

_SCOPE = "openid profile skills"


async def signed_in_there(her: Browser, stage: Stage) -> None:
    """She is signed in at an app that has its own page to sign her out."""
    app = await stage.app("Relais", _SCOPE)
    async with open_server(her.house.settings) as server:
        await _change(server, app.client_id, {"frontchannel_logout_uri": f"{app.origin}/gone"})
    await her.visit(app.attempt(_SCOPE).url)
    await her.share_for("30d")
    await her.accept()


async def sign_out(her: Browser) -> None:
    """The page stays: neither its script nor its answer leads on."""
    await her.page.route("**/logout", still)
    await her.page.route("**/leaving.*.js", lambda script: script.fulfill(content_type="text/javascript"))
    await her.press("#confirm")
