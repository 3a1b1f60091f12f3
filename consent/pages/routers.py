"""What the assembler mounts and registers."""

from pathlib import Path

from fastapi import APIRouter

from consent.disputes.pages import ROOM as DISPUTES_ROOM
from consent.disputes.pages import DisputePages
from consent.disputes.words import ERRORS as DISPUTE_ERRORS
from consent.looking.pages import ERRORS as LOOKING_ERRORS
from consent.looking.pages import ROOM as LOOKING
from consent.looking.pages import LookingPages
from consent.mirror.pages import MirrorPages
from consent.narrowing.pages import ERRORS as NARROWING_ERRORS
from consent.narrowing.pages import NarrowingPages
from consent.pages.apps import AppPages
from consent.pages.audit import AuditPages
from consent.pages.help import HelpPages
from consent.pages.history import HistoryPages
from consent.pages.host import Host
from consent.pages.items import ItemPages
from consent.pages.profile import ProfilePages
from consent.pages.words import ERRORS as PAGE_ERRORS
from consent.records.routers import ERRORS as RECORD_ERRORS
from consent.records.routers import PAGES as RECORD_PAGES
from consent.records.routers import ROOM as RECORDS
from consent.rome.pages import ERRORS as ROME_ERRORS
from consent.rome.pages import ROOM as ROME
from consent.rome.pages import GapPages
from consent.taking.means import Means
from consent.taking.pages import ERRORS as TAKING_ERRORS
from consent.taking.pages import ROOM as TAKING
from consent.taking.pages import TakingPages
from foundation.text import N_
from foundation.web.kit import NavItem, Room, page_router

__all__ = [
    "AUDITOR_LINKS",
    "ERRORS",
    "FOOTER_LINKS",
    "PERSON_LINKS",
    "ROOM",
    "ROOMS",
    "account_router",
    "audit_router",
]

_HERE = Path(__file__).parent
ROOM = Room("consent", _HERE, _HERE.parent / "locales")
ROOMS = (
    ROOM,
    Room("mirror", _HERE.parent / "mirror"),
    DISPUTES_ROOM,
    Room("narrowing", _HERE.parent / "narrowing"),
    RECORDS,
    ROME,
    LOOKING,
    TAKING,
)
_OF_PEOPLE = (*PAGE_ERRORS, *NARROWING_ERRORS, *DISPUTE_ERRORS, *RECORD_ERRORS, *ROME_ERRORS)
ERRORS = (*_OF_PEOPLE, *LOOKING_ERRORS, *TAKING_ERRORS)
PERSON_LINKS = (
    NavItem(N_("Mon profil"), "/account", "person"),
    NavItem(N_("Mes applications"), "/account/apps", "person"),
    NavItem(N_("Historique"), "/account/history", "person"),
)
AUDITOR_LINKS = (NavItem(N_("Journal"), "/audit", "auditor"),)
FOOTER_LINKS = (NavItem(N_("Aide"), "/help", ""),)


def account_router(host: Host) -> APIRouter:
    """The person's own pages, under /account, and the help that anyone may read."""
    router = page_router()
    for pages in (
        ProfilePages(host),
        ItemPages(host),
        GapPages(host),
        AppPages(host),
        NarrowingPages(host),
        HistoryPages(host),
        DisputePages(host),
        MirrorPages(host),
        *(pages(host) for pages in RECORD_PAGES),
        HelpPages(),
    ):
        pages.mount(router)
    return router


def audit_router(host: Host, means: Means) -> APIRouter:
    """The auditors' console, under /audit."""
    router = page_router()
    for pages in (AuditPages(host), LookingPages(host), TakingPages(host, means)):
        pages.mount(router)
    return router
