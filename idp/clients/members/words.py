"""What an app says of itself and of what it asks, in words that people read."""

import unicodedata
from datetime import date

from pydantic import BaseModel, Field, field_validator

from consent.abroad import Transfers
from consent.catalogue import PURPOSES, Phrase
from consent.limits import Frequency
from consent.purposes import CONSENT, LAWFUL_BASES, Grounds
from consent.requests import MOST_DAYS_KEPT
from idp.clients.addresses import check_web_address

_NOT_IN_NAMES = {"Cc", "Cf", "Cs", "Zl", "Zp"}


class Words(BaseModel):
    """scope_reasons: why each scope is asked; the catalogue's own purpose stands in where absent."""

    name: str = Field(min_length=1, max_length=80)
    scope_reasons: dict[str, Phrase] = Field(default_factory=dict)
    purpose_code: str = "career_guidance"
    purpose: Phrase | None = None
    retention: Phrase | None = None  # how long it keeps what it read
    # The same as a number after the end, None for words alone.
    retention_days: int | None = Field(default=None, ge=1, le=MOST_DAYS_KEPT)
    frequency: Frequency | None = None  # how often it reads each dataset at most, enforced; None: no promise
    use_basis: str = ""  # lawful basis of its own use (LAWFUL_BASES); "" where none was ever declared
    disclosure_basis: str = CONSENT  # and of our handing the data over
    public_body: bool = False
    no_detriment: bool = False  # it attests that refusing has no effect (GDPR recital 43)
    transfers: Transfers | None = None  # out of the Union (GDPR article 13(1)(f)); None: none declared
    automated: Phrase | None = None  # decided without a human (article 13(2)(f)); None: nothing declared
    declaration: int = 0  # version of the declaration that these words come from; 0: never versioned
    legal_entity: str = Field(default="", max_length=200)
    homepage: str = Field(default="", max_length=500)
    privacy_url: str = Field(default="", max_length=500)
    contact: str = Field(default="", max_length=200)
    verified_on: str = ""  # ISO date on which an administrator checked the legal entity

    @field_validator("name", "legal_entity", "contact")
    @classmethod
    def _plain(cls, text: str) -> str:
        if any(unicodedata.category(character) in _NOT_IN_NAMES for character in text):
            raise ValueError("controls and marks that turn the direction of text are not part of a name")
        return text

    @field_validator("homepage", "privacy_url")
    @classmethod
    def _linkable(cls, uri: str) -> str:
        # It becomes a link on our pages: a script or a file must never stand there.
        if uri:
            check_web_address(uri)
        return uri

    @field_validator("verified_on")
    @classmethod
    def _day(cls, text: str) -> str:
        # Pages say it in words; fromisoformat alone takes other ways to write a date too.
        if text and date.fromisoformat(text).isoformat() != text:
            raise ValueError("a date is YYYY-MM-DD")
        return text

    @field_validator("purpose_code")
    @classmethod
    def _known_purpose(cls, code: str) -> str:
        if code not in PURPOSES:
            raise ValueError(f"unknown purpose {code!r}; one of {', '.join(sorted(PURPOSES))}")
        return code

    @field_validator("use_basis", "disclosure_basis")
    @classmethod
    def _known_basis(cls, code: str) -> str:
        if code and code not in LAWFUL_BASES:
            raise ValueError(f"unknown lawful basis {code!r}; one of {', '.join(LAWFUL_BASES)}")
        return code

    @property
    def grounds(self) -> Grounds | None:
        """On what ground each controller acts; None where the app never said its own."""
        if not self.use_basis:
            return None
        return Grounds(self.use_basis, self.disclosure_basis, self.public_body, self.no_detriment)
