"""The module that the settings name."""

from importlib.util import find_spec
from pathlib import Path

from foundation.errors import SettingsError
from foundation.settings import Settings
from keys.hardware.access import Access


def access_of(settings: Settings) -> Access | None:
    """The module that the settings name; None for none.

    Raises SettingsError for one that could never work: better at the start than at the first signature.
    """
    if settings.pkcs11_module is None:
        return None
    if find_spec("pkcs11") is None:
        raise SettingsError("ACCORD_PKCS11_MODULE needs python-pkcs11: pip install 'accord[pkcs11]'")
    if not Path(settings.pkcs11_module).is_file():
        raise SettingsError("ACCORD_PKCS11_MODULE is the path of a library, and there is no such file")
    pin = settings.given_pkcs11_pin()
    if not settings.pkcs11_token or not pin:
        raise SettingsError(
            "ACCORD_PKCS11_MODULE goes with ACCORD_PKCS11_TOKEN, the label of a token, and ACCORD_PKCS11_PIN"
            " or ACCORD_PKCS11_PIN_FILE"
        )
    return Access(str(settings.pkcs11_module), settings.pkcs11_token, pin, settings.pkcs11_patience_seconds)
