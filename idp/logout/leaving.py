"""The page between a sign-out and where it leads: apps that want it are framed, to sign her out there too.

OpenID Connect Front-Channel Logout 1.0 section 3. Without scripts, and where an app hangs, she goes on by the
link, or by the answer's `Refresh`; with them, as soon as the frames are there.
"""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from foundation.web.templates import ANYONE, render
from idp.authorize.answer import redirect_origin

_SECONDS = 3


def leave(request: Request, frames: Sequence[str], onward: str, *, app_name: str = "") -> Response:
    """Onward, at once where no frame has to be opened first.

    onward: a path of ours, or an address that the app registered. app_name: whose address it is, "" for ours.
    """
    if not frames:
        return RedirectResponse(onward, 303)  # never 307, which would repeat a POST at the next place
    request.scope["state"]["visitor"] = ANYONE  # nobody is signed in here any more
    return render(
        request,
        "logout/leaving.html",
        frames=[redirect_origin(frame) for frame in frames],
        headers={"Refresh": f"{_SECONDS}; url={onward}"},
        opened=frames,
        onward=onward,
        app_name=app_name,
    )
