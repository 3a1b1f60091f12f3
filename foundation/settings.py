"""Settings: environment variables `ACCORD_*`, checked before anything opens.

A weak, missing or contradictory setting stops the start with a sentence that says what to set.
"""

import re
from functools import cached_property
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from foundation.errors import SettingsError
from foundation.outbound.targets import Place, read_exempt
from foundation.strength import decoded_key

_STORAGE_URL = re.compile(r"(sqlite:///|postgres(ql)?://).+").fullmatch
_PAIRS = re.compile(r" *[a-z_]+=[0-9]{1,9}( *, *[a-z_]+=[0-9]{1,9})* *", re.ASCII).fullmatch
_CONTACT = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|https://\S+").fullmatch
# Credentials, query, fragment, blanks, control characters, other scripts' letters.
_NOT_IN_AN_ISSUER = re.compile(r"[@?#\\\x00-\x20\x7f-\U0010ffff]").search


class Settings(BaseSettings):
    """What an operator may set. Durations are in seconds unless their name says otherwise."""

    model_config = SettingsConfigDict(env_prefix="ACCORD_", frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    app_port: int = Field(default=8001, ge=1, le=65535)  # the sample coaching app of the demo
    adviser_port: int = Field(default=8002, ge=1, le=65535)  # its sample tool for advisers
    kiosk_port: int = Field(default=8003, ge=1, le=65535)  # its sample kiosk
    data_dir: Path = Path("var")
    database_url: str = ""
    erasures_file: Path | None = None  # who was erased, apart from the database and its backups
    ledger_head_file: Path | None = None  # the ledger's last signed head, apart from the database
    database_pool: int = Field(default=10, ge=1, le=200)
    issuer: str = ""
    master_key: SecretStr | None = None
    master_key_file: Path | None = None
    smtp_url: SecretStr | None = None  # without one, mails are kept and shown on /outbox (demo, development)
    mail_from: str = "Accord <accord@localhost>"
    # Who runs this server, as pages, records and the register name it; and how its data protection officer is
    # reached: an e-mail address, or the https:// address of a page.
    holder_name: str = Field(default="Accord", min_length=1, max_length=120)
    holder_contact: str = Field(default="", max_length=200)
    workers: int = Field(default=1, ge=1, le=64)
    # Addresses or networks of our own proxies, comma-separated: only what they say of who calls is believed.
    trusted_proxies: str = ""
    # The header in which those proxies pass on the certificate that a caller proved to them (RFC 9440, or PEM
    # as nginx escapes it); they take away what callers put there. "": nobody authenticates by certificate.
    client_certificate_header: str = Field(default="", pattern=r"^([A-Za-z][A-Za-z0-9-]{0,63})?$")
    client_certificate_authorities: Path | None = None  # PEM file: whose certificates prove an app
    # Where those proxies ask for certificates, if not at the issuer's own host, which then asks for none.
    client_certificate_origin: str = ""
    # Hosts (host or host:port, comma-separated) that the guard on outgoing requests lets pass: for tests.
    outbound_allow: str = ""

    access_token_seconds: int = Field(default=600, ge=60, le=3600)
    # How long after the sign-in refresh tokens work at most, how long they may rest; an app may have less.
    refresh_token_seconds: int = Field(default=366 * 86400, ge=300, le=366 * 86400)
    refresh_token_idle_seconds: int = Field(default=366 * 86400, ge=60, le=366 * 86400)
    code_seconds: int = Field(default=60, ge=10, le=60)  # a minute at most: FAPI 2.0 section 5.3.2.1
    pending_request_seconds: int = Field(default=1800, ge=60, le=86400)
    # How long a pushed request waits for its browser (RFC 9126; FAPI 2.0 asks for less than 600).
    pushed_request_seconds: int = Field(default=90, ge=5, le=599)
    signals_days: int = Field(default=30, ge=1, le=30)  # how long we try to tell an app of an event
    erasure_days: int = Field(default=30, ge=1, le=365)  # how long an app has to say that it erased
    refresh_grace_seconds: int = Field(default=30, ge=0, le=300)
    # How many requests may be opened in a quarter of an hour; a network can be a whole job centre.
    authorize_per_session: int = Field(default=300, ge=1)
    authorize_per_network: int = Field(default=3000, ge=1)
    # How often an app of another face may call one of its APIs; approved tiers multiply it.
    partner_calls_per_10_seconds: int = Field(default=100, ge=1)
    # How long what proves a past consent is kept once its grant ended: the limitation period. The evidence of
    # someone who was erased, and the months of the `consent` log.
    evidence_years: int = Field(default=5, ge=1, le=30)
    # Policy file (C2SP tlog-policy) that names the witnesses of our log and where they are asked.
    ledger_policy: Path | None = None
    # How long the months of the `security` log are kept; whether months past their clock are retired unasked.
    security_log_months: int = Field(default=12, ge=1, le=360)
    retire_automatically: bool = False
    # Data that asks for a recent sign-in: `scope=seconds` pairs, comma-separated (RFC 9470).
    step_up: str = ""
    # Whether each authorization request must name a grant_management_action; shuts out public clients.
    grant_management_action_required: bool = False
    # How long a signing key signs before its successor does; 0: until `accord keys rotate`.
    key_rotation_days: float = Field(default=30, ge=0, le=3650)
    receipt_key_rotation_days: float = Field(default=365, ge=0, le=3650)
    # The PKCS#11 module that makes and holds keys, its token and the PIN of its user; none: all are sealed in
    # the database. Purposes: whose keys, of token, receipt and ledger. Patience: seconds after which a module
    # that is silent hangs.
    pkcs11_module: Path | None = None
    pkcs11_token: str = ""
    pkcs11_pin: SecretStr | None = None
    pkcs11_pin_file: Path | None = None
    pkcs11_purposes: str = "token"
    pkcs11_patience_seconds: float = Field(default=5, gt=0, le=60)
    # Whether a DPoP proof must carry a nonce of ours (RFC 9449 section 8), so that none can be made ahead.
    dpop_nonce_required: bool = True
    # Who registers apps over HTTP (RFC 7591): nobody, who holds a token of the operator's, or anybody. An app
    # of just anybody asks `openid` alone; a network registers so many of these in a quarter of an hour.
    client_registration: Literal["off", "token", "open"] = "token"
    registrations_per_network: int = Field(default=10, ge=1)
    # Whose software statements count (RFC 7591 section 2.3): a JSON file, a JWK Set by issuer.
    software_statement_issuers: Path | None = None
    # Whether an address can be a client_id, with the app's registration behind it (CIMD).
    client_id_documents: bool = False
    session_idle_seconds: int = Field(default=3600, ge=300, le=86400)
    session_seconds: int = Field(default=12 * 3600, ge=300, le=30 * 86400)

    @field_validator("holder_name", "holder_contact")
    @classmethod
    def _can_be_printed(cls, text: str) -> str:
        if text != text.strip() or not text.isprintable():
            raise ValueError("it stands on every page: plain text, without blanks around it")
        return text

    @field_validator("holder_contact")
    @classmethod
    def _reaches_somebody(cls, text: str) -> str:
        if text and not _CONTACT(text):
            raise ValueError("an e-mail address, or the https:// address of a page")
        return text

    @field_validator("pkcs11_purposes")
    @classmethod
    def _lists_purposes(cls, text: str) -> str:
        if not set(text.split(",")) <= {"token", "receipt", "ledger"}:
            raise ValueError("some of token, receipt and ledger, comma-separated")
        return text

    @field_validator("client_certificate_origin")
    @classmethod
    def _is_a_prefix(cls, text: str) -> str:
        return text.rstrip("/")

    @field_validator("outbound_allow")
    @classmethod
    def _lists_hosts(cls, text: str) -> str:
        read_exempt(text)
        return text

    @cached_property
    def outbound_exempt(self) -> frozenset[Place]:
        """The hosts of `outbound_allow`."""
        return read_exempt(self.outbound_allow)

    @field_validator("step_up")
    @classmethod
    def _are_pairs(cls, text: str) -> str:
        if text and not _PAIRS(text):
            raise ValueError("comma-separated pairs like benefits=900, in seconds")
        return text

    @cached_property
    def step_up_seconds(self) -> dict[str, int]:
        """The pairs of `step_up`."""
        pairs = (one.strip().split("=") for one in self.step_up.split(",") if one.strip())
        return {name: int(seconds) for name, seconds in pairs}

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        proxies = [ip_network(one.strip()) for one in text.split(",") if one.strip()]
        if any(proxy.prefixlen == 0 for proxy in proxies):
            raise ValueError("name the proxies: whoever may call would otherwise choose an address")
        return ",".join(str(proxy) for proxy in proxies)

    @cached_property
    def issuer_url(self) -> str:
        """The issuer, without a trailing slash: the only source of our own URLs, never the Host header."""
        return self.issuer.rstrip("/") or f"http://{_bracketed(self.host)}:{self.port}"

    @cached_property
    def storage_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'accord.sqlite3'}"

    @property
    def erasures_path(self) -> Path:
        return self.erasures_file or self.data_dir / "erasures.txt"

    @property
    def head_path(self) -> Path:
        return self.ledger_head_file or self.data_dir / "ledger-head"

    @property
    def on_sqlite(self) -> bool:
        return self.storage_url.startswith("sqlite:")

    @property
    def secure(self) -> bool:
        """Whether browsers reach us over TLS: decides cookie names and HSTS."""
        return self.issuer_url.startswith("https://")

    def given_master_key(self) -> bytes | None:
        """The operator's master key, 32 bytes or more of secret, or None when none is set.

        Raises SettingsError for one that is too short to be a key.
        """
        text = _given(self.master_key, self.master_key_file, "ACCORD_MASTER_KEY")
        if text is None:
            return None
        given_as = "ACCORD_MASTER_KEY_FILE" if self.master_key is None else "ACCORD_MASTER_KEY"
        return decoded_key(text, given_as)

    def given_pkcs11_pin(self) -> str | None:
        """The PIN of the PKCS#11 token's user. Raises SettingsError for a file that cannot be read."""
        return _given(self.pkcs11_pin, self.pkcs11_pin_file, "ACCORD_PKCS11_PIN")


def load_settings(**given: object) -> Settings:
    """The settings of the environment, overridden by those `given` (command-line flags) that are not None.

    Raises SettingsError with a sentence that names each wrong variable.
    """
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # pydantic validates
    except ValidationError as error:
        wrong = "; ".join(
            f"ACCORD_{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
            for problem in error.errors()
        )
        raise SettingsError(wrong) from None
    _check_origin(settings.issuer_url, "ACCORD_ISSUER")
    if settings.client_certificate_header and not settings.trusted_proxies:
        raise SettingsError("ACCORD_CLIENT_CERTIFICATE_HEADER is believed of ACCORD_TRUSTED_PROXIES alone")
    if settings.client_certificate_origin:
        _check_origin(settings.client_certificate_origin, "ACCORD_CLIENT_CERTIFICATE_ORIGIN")
        if not settings.client_certificate_header:
            raise SettingsError("ACCORD_CLIENT_CERTIFICATE_ORIGIN needs ACCORD_CLIENT_CERTIFICATE_HEADER")
    if not _STORAGE_URL(settings.storage_url):
        raise SettingsError(
            "ACCORD_DATABASE_URL is sqlite:///a/file, sqlite:////an/absolute/file or postgresql://…"
        )
    return settings


def _given(secret: SecretStr | None, file: Path | None, name: str) -> str | None:
    """A secret that is a setting, or what a file holds."""
    if secret is not None and file is not None:
        raise SettingsError(f"set {name} or {name}_FILE, not both")
    if file is None:
        return None if secret is None else secret.get_secret_value()
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}_FILE cannot be read as text") from error


def _check_origin(given: str, name: str) -> None:
    try:
        parts = urlsplit(given)
        host, plain = parts.hostname, parts.scheme == "http"
        sound = (
            parts.scheme in {"http", "https"} and host and parts.port != 0 and not _NOT_IN_AN_ISSUER(given)
        )
    except ValueError:  # a port or an address that is none
        sound = False
    if not sound:
        raise SettingsError(f"{name} is an https:// URL without query or fragment (RFC 8414 section 2)")
    if plain and not is_loopback(host or ""):
        raise SettingsError(f"{name} must be https:// outside the loopback: tokens would travel in clear")


def is_loopback(host: str) -> bool:
    """Whether a host name or address literal can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
