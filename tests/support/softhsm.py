"""A token of SoftHSM (Debian's softhsm2), one a test process: its library reads its settings once."""

import os
import secrets
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.support.skips import program, unavailable

_PLACES = ("/usr/lib/softhsm", "/usr/lib/*/softhsm", "/usr/local/lib/softhsm")


class SoftHsm(NamedTuple):
    """folder: where its tokens are."""

    module: str
    token: str
    pin: str
    folder: Path

    def environment(self) -> dict[str, str]:
        """As an operator would set it."""
        return {
            "SOFTHSM2_CONF": str(self.folder / "softhsm2.conf"),
            "ACCORD_PKCS11_MODULE": self.module,
            "ACCORD_PKCS11_TOKEN": self.token,
            "ACCORD_PKCS11_PIN": self.pin,
        }


@cache
def softhsm() -> SoftHsm:
    """The process's own token; the test is skipped where SoftHSM is not installed."""
    tool = program("softhsm2-util")
    found = [path for place in _PLACES for path in Path("/").glob(f"{place[1:]}/libsofthsm2.so")]
    if not found:
        unavailable("libsofthsm2.so", "apt-get install softhsm2")
    folder = Path(tempfile.mkdtemp(prefix="accord-softhsm-", dir=os.environ.get("ACCORD_TEST_RUN_FOLDER")))
    (folder / "tokens").mkdir()
    settings = f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    (folder / "softhsm2.conf").write_text(settings, "utf-8")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    made = SoftHsm(str(found[0]), f"accord {secrets.token_hex(4)}", secrets.token_hex(8), folder)
    arguments = ["--init-token", "--free", "--label", made.token, "--pin", made.pin, "--so-pin", "5678901234"]
    subprocess.run([tool, *arguments], check=True, capture_output=True)  # noqa: S603  # a program of Debian's
    return made
