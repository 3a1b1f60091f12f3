"""The same house as the people room's."""

from tests.idp.people.conftest import house

__all__ = ["house"]
