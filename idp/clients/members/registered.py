"""What an app says of itself when it registers by itself: kept, told back to it, and believed in nothing."""

import unicodedata
from typing import Literal

from pydantic import BaseModel, Field, field_validator

from idp.clients.addresses import check_web_address

_NOT_IN_TEXTS = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


class Registered(BaseModel):
    """RFC 7591 section 2; OpenID Connect Dynamic Client Registration section 2.

    self_registered: how it came to be, "" for an app that the operator registered. localized: human-readable
    members in a language, by their standard name (`client_name#fr`); pages show the one without. logo_uri: an
    address, never fetched and never an image on our pages. secret_expires_at: seconds, 0 for never.
    """

    self_registered: Literal["", "dynamic", "document"] = ""
    application_type: Literal["web", "native"] = "web"
    localized: dict[str, str] = Field(default_factory=dict, max_length=20)
    contacts: tuple[str, ...] = Field(default=(), max_length=10)
    logo_uri: str = Field(default="", max_length=500)
    tos_uri: str = Field(default="", max_length=500)
    initiate_login_uri: str = Field(default="", max_length=500)
    software_id: str = Field(default="", max_length=200)
    software_version: str = Field(default="", max_length=80)
    secret_expires_at: int = Field(default=0, ge=0)

    @field_validator("logo_uri", "tos_uri", "initiate_login_uri")
    @classmethod
    def _on_the_web(cls, uri: str) -> str:
        if uri:
            check_web_address(uri)
        return uri

    @field_validator("software_id", "software_version")
    @classmethod
    def _readable(cls, text: str) -> str:
        _check_readable(text, 200)
        return text

    @field_validator("contacts")
    @classmethod
    def _each_readable(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        for text in texts:
            _check_readable(text, 200)
        return texts

    @field_validator("localized")
    @classmethod
    def _readable_or_on_the_web(cls, texts: dict[str, str]) -> dict[str, str]:
        for name, text in texts.items():
            _check_readable(text, 500)
            if name.partition("#")[0].endswith("_uri"):
                check_web_address(text)
        return texts


def _check_readable(text: str, longest: int) -> None:
    if len(text) > longest:
        raise ValueError(f"a text here has at most {longest} characters")
    if any(unicodedata.category(character) in _NOT_IN_TEXTS for character in text):
        raise ValueError("controls and marks that turn the direction of text are not taken")
