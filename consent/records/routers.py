"""What the assembler mounts with the other pages of this room, and registers."""

from pathlib import Path

from consent.records.reading import NoticePages, ReceiptPages
from consent.records.words import ERRORS
from foundation.web.kit import Room

__all__ = ["ERRORS", "PAGES", "ROOM"]

ROOM = Room("records", Path(__file__).parent)
PAGES = (ReceiptPages, NoticePages)
