"""What the assembler mounts and runs of this room, of consent/rights, and of the duties that mirror them."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter

from consent.decisions import Decisions
from consent.pages.host import Host
from consent.rights.routers import ERRORS as CONSENT_ERRORS
from consent.rights.routers import ROOM as CONSENT_ROOM
from consent.rights.routers import data_router
from foundation.text import N_
from foundation.web.kit import NavItem, mount, page_router
from idp.context import Server
from idp.duties.pages import ERRORS as DUTY_ERRORS
from idp.duties.pages import NAVIGATION as DUTY_LINKS
from idp.duties.pages import ROOM as DUTY_ROOM
from idp.duties.pages import DutyPages
from idp.people.room import People
from idp.rights import settling
from idp.rights.account import account_facts
from idp.rights.asking import Asking
from idp.rights.erasure import Eraser
from idp.rights.pages import ERRORS as ERASURE_ERRORS
from idp.rights.pages import ROOM, ErasurePages

ROOMS = (CONSENT_ROOM, ROOM, DUTY_ROOM)
ERRORS = (*CONSENT_ERRORS, *ERASURE_ERRORS, *DUTY_ERRORS)
LINKS = DUTY_LINKS  # of the header
MENU = (NavItem(N_("Mes droits"), "/account/data", "person"),)
_SECONDS = 60.0


def rights_router(server: Server, people: People, host: Host, decisions: Decisions) -> APIRouter:
    """The pages of a person's rights, and of the administrator's duties."""
    router = page_router()
    mount(router, data_router(host, account_facts(server)))
    mount(router, DutyPages(server, people.access).router())
    mount(router, ErasurePages(Asking(people, Eraser(server, decisions))).router())
    return router


def jobs(server: Server) -> Mapping[str, tuple[float, Callable[[], Awaitable[object]]]]:
    """What runs in the background: how often, in seconds, and what; by name."""
    return {
        "erasures": (_SECONDS, lambda: settling.settle(server)),
        "evidence": (_SECONDS, lambda: settling.end_evidence(server)),
        "purge-imports": (_SECONDS, lambda: settling.purge_drafts(server)),
    }
