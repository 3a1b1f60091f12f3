"""Where tests keep their files: in memory, on a machine that has room for them there.

A server syncs what it answered for; thousands of servers that each live for one test would wait for the disk
for minutes. The same calls are made, on another file system; whoever sets TMPDIR chooses for themselves.
"""

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108  # each run makes folders of its own there, as it would in /tmp
_ROOM = 6 * 2**30  # bytes; a run holds less than one
_KNOWN = Path("/proc/meminfo")


def _free() -> int:
    """Bytes that files in memory may take."""
    if not (_MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and _KNOWN.exists()):
        return 0
    known = dict(line.split(":", 1) for line in _KNOWN.read_text("ascii").splitlines())
    available = int(known["MemAvailable"].split()[0]) * 1024
    return min(available, shutil.disk_usage(_MEMORY).free)


def keep_files_in_memory() -> None:
    """For the rest of the process and those it starts."""
    if "TMPDIR" not in os.environ and _free() >= _ROOM:
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None  # to be looked up again
