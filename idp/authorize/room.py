"""The room's pages: its templates and words."""

from pathlib import Path

from foundation.web.kit import Room

ROOM = Room("authorize", Path(__file__).parent)
