"""Our own CSS, SVG and JavaScript, under addresses that change with their content.

Everything is read and compressed once at start; an address outside that table does not exist, so that no path
of a request ever reaches the file system.
"""

import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from foundation.errors import AccordError

PREFIX = "/static/"
_MEDIA = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
_FOREVER = "public, max-age=31536000, immutable"


class _File(NamedTuple):
    body: bytes
    compressed: bytes
    media: str


class Static:
    """The static files of every room.

    folders: room name -> its `static` folder. theme: the operator's sheet, served as "theme/<its name>".
    """

    def __init__(self, folders: Mapping[str, Path], theme: Path | None = None) -> None:
        self._files: dict[str, _File] = {}
        self._addresses: dict[str, str] = {}
        for room, folder in folders.items():
            for path in sorted(folder.iterdir()):
                if path.suffix in _MEDIA:
                    self._add(f"{room}/{path.name}", path)

        if theme:
            self._add(f"theme/{theme.name}", theme)

    def _add(self, name: str, path: Path) -> None:
        body = path.read_bytes()
        digest = hashlib.sha256(body).hexdigest()[:16]
        address = f"{name.removesuffix(path.suffix)}.{digest}{path.suffix}"
        self._files[address] = _File(body, gzip.compress(body, mtime=0), _MEDIA[path.suffix])
        self._addresses[name] = PREFIX + address

    def url(self, name: str) -> str:
        """The address of "kit/accord.css". Raises KeyError for a file that is not there."""
        return self._addresses[name]

    def serve(self, request: Request) -> Response:
        """The file of a request under PREFIX. Raises AccordError not_found."""
        file = self._files.get(request.url.path.removeprefix(PREFIX))
        if file is None:
            raise AccordError("not_found", "There is no such file.", status=404)
        packed = "gzip" in request.headers.get("accept-encoding", "")
        headers = {"cache-control": _FOREVER, "vary": "accept-encoding"}
        if packed:
            headers["content-encoding"] = "gzip"
        return Response(file.compressed if packed else file.body, headers=headers, media_type=file.media)
