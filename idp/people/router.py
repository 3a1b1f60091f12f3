"""The room's routes, and what it brings to the web kit.

web = build_web(issuer, [people.router.ROOM, …], errors=[*people.router.ERRORS, …], …)
mount(app, people_router(people, outbox_page=demo))
"""

from pathlib import Path

from fastapi import APIRouter

from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.kit import NavItem, Room, page_router
from idp.people.access import SIGN_IN_REQUIRED
from idp.people.pages.home import HomePages
from idp.people.pages.recover import RecoverPages
from idp.people.pages.register import RegisterPages
from idp.people.pages.security import SecurityPages
from idp.people.pages.sign_in import SignInPages
from idp.people.room import People
from idp.people.session import SIGNED_IN

ROOM = Room("people", Path(__file__).parent)
MENU = (NavItem(N_("Sécurité du compte"), "/account/security", SIGNED_IN),)
ERRORS: tuple[ErrorWords, ...] = (SIGN_IN_REQUIRED,)


def people_router(people: People, *, outbox_page: bool) -> APIRouter:
    """The pages. outbox_page: show every mail on /outbox; only where no mail leaves (demo, development)."""
    router = page_router()
    SignInPages(people).routes(router)
    RegisterPages(people, outbox_page=outbox_page).routes(router)
    RecoverPages(people, outbox_page=outbox_page).routes(router)
    SecurityPages(people).routes(router)
    HomePages(people, outbox_page=outbox_page).routes(router)
    return router
