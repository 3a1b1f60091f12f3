"""Every page of this room, for the assembler."""

from fastapi import APIRouter

from foundation.web.kit import mount, page_router
from idp.context import Server
from idp.people.access import Access
from idp.signals.pages.audit import AuditSignals
from idp.signals.pages.events import EventPages
from idp.signals.pages.partner import PartnerSignals
from idp.signals.pages.person import PersonPages


def signals_router(server: Server, access: Access) -> APIRouter:
    """Their routes."""
    router = page_router()
    mount(router, EventPages(server).router())
    for pages in (PersonPages, PartnerSignals, AuditSignals):
        mount(router, pages(server, access).router())
    return router
