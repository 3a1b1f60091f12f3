"""Making sure that the disk has it."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Wait until a file's contents, or a folder's names, are on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
