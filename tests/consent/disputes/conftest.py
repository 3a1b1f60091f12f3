"""The site of the room's pages."""

from tests.consent.pages.conftest import shared, site

__all__ = ["shared", "site"]
