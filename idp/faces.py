"""How apps of one profile are served, where that is not Accord's own way.

A face is an issuer of its own over the same core: its words for scopes, its claims, the mark of its tokens.
The core asks it and knows none by name; idp/app.py gives those there are. An app is served by the face of
its profile alone, and a token opens nothing but what its own face serves.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from consent.choices import Choice
from idp.authorize.checks import Refusal
from idp.authorize.request import AuthorizeRequest
from idp.clients.registry import Client
from idp.token.text import OWN_MARK, Mark

if TYPE_CHECKING:
    from idp.token.server import TokenDesk


@dataclass(frozen=True)
class Face:
    """Accord's own; another one differs in what it overrides.

    issuer: `iss` of its answers and tokens. audience: `aud` of its access tokens. profile: of the apps it
    serves (`ClientMetadata.profile`). opaque: what its access tokens begin with where they are no JWT, "" for
    one. code_seconds: life of a code, None for the setting. denial: what an app is told where
    she refuses (ASCII, RFC 6749 section 4.1.2.1).
    completes: whether `complete` has something to do.
    """

    issuer: str
    audience: str
    profile: str = ""
    opaque: str = ""
    code_seconds: int | None = None
    denial: str = "The person did not agree to share."
    completes: bool = False

    @cached_property
    def mark(self) -> Mark:
        """What access tokens of this face begin with."""
        return Mark(self.opaque.encode(), 0) if self.opaque else OWN_MARK

    def understand(self, asked: AuthorizeRequest, client: Client) -> AuthorizeRequest | Refusal:  # noqa: ARG002  # others look at the app
        """A request of a trusted app with its scopes in the catalogue's words, or why it stops."""
        return asked

    def allows(self, choice: Choice, words: str) -> str:
        """Those of the scopes in `words` that she shares, each once: what a token may say."""
        return " ".join(choice.allows(tuple(dict.fromkeys(words.split()))))

    def names(self, words: str) -> str:
        """The same scopes in the catalogue's words, for the ledger."""
        return words

    def told(self, request: AuthorizeRequest, choice: Choice) -> dict[str, str]:  # noqa: ARG002  # others use them
        """What goes back to the app beside code, state and iss."""
        return {}

    async def complete(self, desk: "TokenDesk", body: dict[str, Any]) -> None:
        """Add to what a decided token request signs and answers, before it is signed."""
