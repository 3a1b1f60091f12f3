"""What every route is given: the open parts of one server, made by app.py and never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from consent.decisions import Decisions
from consent.ledger.append import Ledger
from consent.ledger.sequencing.sequencer import Sequencer
from consent.ledger.witnessing.asking import Asking
from consent.records.parties import Holder
from consent.records.receipts import TYP as RECEIPT
from foundation.clock import Clock
from foundation.database import Database
from foundation.outbound.fetching import Outbound
from foundation.recent import Recent
from foundation.settings import Settings
from idp.clients.published_keys import PublishedKeys
from idp.faces import Face
from idp.signals.telling import Telling
from keys.making import Maker
from keys.people import PeopleKeys
from keys.ring import KeyRing
from keys.secrets import ServerSecrets
from keys.signing import Draft, Signing


@dataclass(frozen=True, slots=True)
class Server:
    """One process's parts. Everything that must survive it or be seen by another node is in the database."""

    settings: Settings
    clock: Clock
    db: Database
    secrets: ServerSecrets
    ring: KeyRing
    maker: Maker
    signing: Signing
    people: PeopleKeys
    ledger: Ledger
    sequencer: Sequencer
    witnesses: Asking
    outbound: Outbound
    app_keys: PublishedKeys
    telling: Telling  # one for the process: what is told in one moment keeps its order
    # What left for a token and a dataset a few seconds ago (idp/resource/reading.py).
    reads: Recent[tuple[str, str], Any] = field(default_factory=lambda: Recent(most=2048, seconds=10))
    faces: Mapping[str, Face] = field(default_factory=dict)  # by profile, besides Accord's own

    @property
    def issuer(self) -> str:
        return self.settings.issuer_url

    @property
    def api_audience(self) -> str:
        """The resource identifier of the data API (RFC 9728): the audience of our access tokens."""
        return f"{self.issuer}/v1"

    def face(self, profile: str) -> Face:
        """How apps of a profile are served. Raises KeyError for a profile that nothing here serves."""
        return self.faces[profile] if profile else Face(self.issuer, self.api_audience)

    @property
    def decisions(self) -> Decisions:
        """The steps that change grants; each change is told to its app, too."""
        settings = self.settings
        holder = Holder(self.issuer, settings.holder_name, settings.holder_contact)
        return Decisions(self.ledger, self.sign_receipt, self.issuer, self.telling.observe, holder)

    def sign_receipt(self, typ: str, claims: dict[str, Any]) -> str:
        """A receipt's compact JWS, under the receipts' own key; where a module has that, not signed yet."""
        signer = self.ring.signer("receipt", "ES256")
        return signer.unsigned(typ, claims) if signer.key is None else signer.sign(typ, claims)

    async def sign_receipts(self, waiting: Sequence[dict[str, Any]]) -> list[str]:
        """The compact JWS of each receipt of which the claims are given. Raises SignerUnavailableError."""
        signer = self.ring.signer("receipt", "ES256")
        return await self.signing.sign([Draft(signer, RECEIPT, claims) for claims in waiting])
