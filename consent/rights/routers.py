"""What the assembler mounts and registers of this room."""

from pathlib import Path

from fastapi import APIRouter

from consent.pages.host import Host
from consent.rights.import_pages import ERRORS as IMPORT_ERRORS
from consent.rights.import_pages import ImportPages
from consent.rights.pages import AccountFacts, DataPages
from foundation.web.kit import Room, page_router

ROOM = Room("rights", Path(__file__).parent)
ERRORS = IMPORT_ERRORS


def data_router(host: Host, account_facts: AccountFacts) -> APIRouter:
    """/account/data and what is below it."""
    router = page_router()
    DataPages(host, account_facts).mount(router)
    ImportPages(host).mount(router)
    return router
