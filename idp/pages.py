"""The pages of every room, mounted, with what each takes from the others."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from consent.pages.routers import AUDITOR_LINKS, FOOTER_LINKS, PERSON_LINKS, account_router, audit_router
from consent.pages.routers import ERRORS as CONSENT_ERRORS
from consent.pages.routers import ROOMS as CONSENT_ROOMS
from foundation.settings import Settings
from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.kit import Frame, Room, Web, mount
from foundation.web.zones import ZonePages
from idp.admin.disputes import NAVIGATION as ADMIN_LINKS
from idp.admin.disputes import DisputeDesk
from idp.admin.pages import ERRORS as ADMIN_ERRORS
from idp.admin.pages import ROOM as ADMIN_ROOM
from idp.admin.pages import AdminPages
from idp.authorize.describe import describe_request
from idp.authorize.room import ROOM as AUTHORIZE_ROOM
from idp.authorize.routes import AuthorizeRoutes, rebind_pending
from idp.ciba import mounting as ciba
from idp.context import Server
from idp.device.pages import ROOM as DEVICE_ROOM
from idp.device.pages import DevicePages
from idp.errors import PROTOCOL_ERRORS
from idp.host import host_of
from idp.letters.pages import MENU as LETTERS_MENU
from idp.letters.pages import ROOM as LETTERS_ROOM
from idp.letters.pages import MailPages
from idp.letters.words import CONSENT_MAILS
from idp.logout.pages import ROOM as LOGOUT_ROOM
from idp.logout.pages import LogoutPages
from idp.minors.pages import ERRORS as MINOR_ERRORS
from idp.minors.pages import MENU as MINOR_MENU
from idp.minors.pages import ROOM as MINOR_ROOM
from idp.minors.pages import MinorPages
from idp.partner.pages import ERRORS as PARTNER_ERRORS
from idp.partner.pages import NAVIGATION as PARTNER_LINKS
from idp.partner.pages import ROOM as PARTNER_ROOM
from idp.partner.pages import PartnerPages
from idp.people.delivery import PageSender, Sender, SmtpAccount, SmtpSender
from idp.people.mails import ALL_MAILS, MailWriter
from idp.people.room import Hooks, People
from idp.people.router import ERRORS as PEOPLE_ERRORS
from idp.people.router import MENU as PEOPLE_MENU
from idp.people.router import ROOM as PEOPLE_ROOM
from idp.people.router import people_router
from idp.polling.errors import ERRORS as POLLING_ERRORS
from idp.polling.errors import ROOM as POLLING_ROOM
from idp.receipts.pages import ROOM as RECEIPTS_ROOM
from idp.receipts.pages import VerifyPages
from idp.registration.room import ERRORS as REGISTRATION_ERRORS
from idp.registration.room import ROOM as REGISTRATION_ROOM
from idp.rights.mounting import ERRORS as RIGHTS_ERRORS
from idp.rights.mounting import LINKS as DUTY_LINKS
from idp.rights.mounting import MENU as RIGHTS_MENU
from idp.rights.mounting import ROOMS as RIGHTS_ROOMS
from idp.rights.mounting import rights_router
from idp.running.taking import means_of
from idp.running.tile_routes import tile_router
from idp.signals.pages.router import signals_router
from idp.signals.room import ERRORS as SIGNAL_ERRORS
from idp.signals.room import NAVIGATION as SIGNAL_LINKS
from idp.signals.room import ROOM as SIGNAL_ROOM
from idp.unmasking import pages as unmasking
from idp.unmasking.ending import MAILS as UNMASKING_MAILS

ALL_MAILS.update(CONSENT_MAILS)
ALL_MAILS.update(ciba.MAILS)
ALL_MAILS.update(UNMASKING_MAILS)
_IDP_ROOM = Room("idp", Path(__file__).parent)  # its words alone
_ERRORS = (
    ErrorWords(
        "request_expired",
        N_("Cette demande n’est plus valable"),
        N_("Elle a expiré, ou vous y avez déjà répondu. Retournez sur l’application et recommencez."),
    ),
    ErrorWords(
        "too_many_openings",
        N_("Trop de demandes en peu de temps"),
        N_(
            "Beaucoup de demandes viennent d’être ouvertes depuis votre navigateur ou votre réseau. Rien"
            " n’a été partagé. Attendez un quart d’heure, puis repartez de l’application."
        ),
    ),
    ErrorWords(
        "unknown_client",
        N_("Nous ne connaissons pas cette application"),
        N_("Le lien suivi n’est pas celui d’une application enregistrée. Rien n’a été partagé."),
    ),
    ErrorWords(
        "untrusted_invalid_request",
        N_("Cette application nous a mal adressé sa demande"),
        N_("L’adresse de retour n’est pas celle qu’elle a enregistrée. Par sécurité, nous nous arrêtons là."),
    ),
    ErrorWords(
        "untrusted_unauthorized_client",
        N_("Cette application est suspendue"),
        N_("Elle ne peut plus rien vous demander pour le moment. Rien n’a été partagé."),
    ),
    ErrorWords(
        "wrong_profile",
        N_("Cette application s’est trompée d’adresse"),
        N_("Elle est enregistrée pour une autre façon de se connecter. Rien n’a été partagé."),
    ),
)


def page_rooms() -> Sequence[Room]:
    """What has templates, files and words."""
    ours = (_IDP_ROOM, LETTERS_ROOM, PEOPLE_ROOM, ADMIN_ROOM, PARTNER_ROOM, SIGNAL_ROOM, MINOR_ROOM)
    apps = (AUTHORIZE_ROOM, POLLING_ROOM, DEVICE_ROOM, LOGOUT_ROOM, RECEIPTS_ROOM, REGISTRATION_ROOM)
    return (*ours, *apps, ciba.ROOM, unmasking.ROOM, *CONSENT_ROOMS, *RIGHTS_ROOMS)


def frame(settings: Settings) -> Frame:
    """What stands around every page: links by role, who runs the server."""
    header = (
        *PERSON_LINKS,
        *AUDITOR_LINKS,
        *ADMIN_LINKS,
        *DUTY_LINKS,
        *PARTNER_LINKS,
        *SIGNAL_LINKS,
        *unmasking.NAVIGATION,
    )
    menu = (*ciba.MENU, *RIGHTS_MENU, *LETTERS_MENU, *MINOR_MENU, *PEOPLE_MENU)
    return Frame(
        header=header,
        menu=menu,
        footer=FOOTER_LINKS,
        operator=settings.holder_name,
        contact=settings.holder_contact,
    )


def page_errors() -> Sequence[ErrorWords]:
    """How error codes are told to people."""
    ours = (*_ERRORS, *PROTOCOL_ERRORS, *CONSENT_ERRORS, *PEOPLE_ERRORS, *MINOR_ERRORS, *ciba.ERRORS)
    staff = (*SIGNAL_ERRORS, *ADMIN_ERRORS, *PARTNER_ERRORS, *RIGHTS_ERRORS, *unmasking.ERRORS)
    return (*ours, *staff, *REGISTRATION_ERRORS, *POLLING_ERRORS)


@asynccontextmanager
async def open_people(server: Server) -> AsyncIterator[People]:
    """The people room, with its hashing threads, for the length of the block."""
    hooks = Hooks(
        describe_request=lambda request_id: describe_request(server, request_id),
        on_sign_in=(rebind_pending,),
    )
    people = People.open(server, hooks)
    try:
        yield people
    finally:
        people.close()


def mail_sender(server: Server, web: Web) -> Sender:
    """How mails leave: by SMTP where it is set, else nowhere (the demo shows them on a page)."""
    url = server.settings.smtp_url
    if url is None:
        return PageSender()
    account = SmtpAccount.of_url(url.get_secret_value())
    return SmtpSender(account, server.settings.mail_from, MailWriter(web.catalogues))


def mount_pages(app: FastAPI, server: Server, people: People) -> AuthorizeRoutes:
    """Every router of pages; the authorization endpoint, which other faces open requests at."""
    decisions = server.decisions
    authorize = AuthorizeRoutes(server, people.access, decisions, people.throttle)
    mount(app, authorize.router())
    host = host_of(server, people.access, decisions)
    mount(app, account_router(host))
    mount(app, rights_router(server, people, host, decisions))
    mount(app, audit_router(host, means_of(server)))
    mount(app, tile_router(server, people.access))
    mount(app, signals_router(server, people.access))
    mount(app, unmasking.UnmaskPages(server, people.access).router())
    mount(app, DevicePages(server, people).router())
    mount(app, LogoutPages(server, people).router())
    mount(app, people_router(people, outbox_page=_shows_mails(server.settings)))
    mount(app, MailPages(server, people.access).router())
    mount(app, MinorPages(people, decisions).router())
    mount(app, ciba.requests_router(people))
    mount(app, DisputeDesk(server, people.access).router())
    mount(app, AdminPages(server, people.access).router())
    mount(app, PartnerPages(server, people.access).router())
    mount(app, VerifyPages(server, people.access).router())
    mount(app, ZonePages(people.access, server.clock).router())
    return authorize


def _shows_mails(settings: Settings) -> bool:
    """Whether /outbox exists: only where nothing is sent and nobody from outside can come."""
    return settings.smtp_url is None and not settings.secure
