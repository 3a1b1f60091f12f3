"""The room, put together: what idp/app.py mounts.

server = with_face(server); table |= lean_endpoints(server); mount(pages, router(...))
"""

from dataclasses import replace
from pathlib import Path

from fastapi import APIRouter

from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.kit import Room
from foundation.web.lean import Table
from idp.authorize.routes import AuthorizeRoutes
from idp.context import Server
from idp.francetravail import PROFILE
from idp.francetravail.apis import SKILLS_PATH
from idp.francetravail.discovery import metadata_table
from idp.francetravail.face import face_of
from idp.francetravail.pages import FranceTravailPages
from idp.francetravail.quotas import Quotas
from idp.francetravail.reading import ReadingApis
from idp.francetravail.token import TOKEN_PATH, access_token_endpoint
from idp.francetravail.writing import skills_endpoint
from idp.people.room import People

ROOM = Room("francetravail", Path(__file__).parent)  # its words alone
ERRORS = (
    ErrorWords(
        "redirect_uri_mismatch",
        N_("L’adresse de retour n’est pas celle de la demande"),
        N_("L’application échange son code avec une autre adresse que celle où elle l’a reçu."),
    ),
    ErrorWords(
        "invalid_period",
        N_("La période demandée n’est pas valable"),
        N_("Les contrats se demandent entre deux dates, à deux ans d’écart au plus."),
    ),
    ErrorWords(
        "quota_exceeded",
        N_("L’application demande trop souvent"),
        N_("Rien n’a été lu cette fois. Elle peut reprendre dans quelques secondes."),
    ),
)


def with_face(server: Server) -> Server:
    """The server, serving this profile's apps too."""
    return replace(server, faces={**server.faces, PROFILE: face_of(server.settings)})


def lean_endpoints(server: Server) -> Table:
    """The protocol and data endpoints; of a server `with_face`."""
    quotas = Quotas(server.secrets, server.settings)
    return {
        TOKEN_PATH: {"POST": access_token_endpoint(server)},
        SKILLS_PATH: {"POST": skills_endpoint(server, quotas)},
        **metadata_table(server),
        **ReadingApis(server, quotas).table(),
    }


def router(server: Server, people: People, authorize: AuthorizeRoutes) -> APIRouter:
    """The addresses that browsers open."""
    return FranceTravailPages(server, people, authorize).router()
