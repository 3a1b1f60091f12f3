"""Every page there is, by name: who opens it, where it is, and what is done there first.

A file for each of those whom pages are for; tests/browser/test_places.py finds the page that is left out.
"""

from tests.browser.places import asked, audit, entering, families, profile, rights, screens, shared, staff
from tests.browser.places.place import Place

__all__ = ["PLACES", "Place"]

PLACES = (
    *entering.PLACES,
    *asked.PLACES,
    *profile.PLACES,
    *shared.PLACES,
    *rights.PLACES,
    *audit.PLACES,
    *staff.PLACES,
    *families.PLACES,
    *screens.PLACES,
)
