"""The versions of apps' declarations: sent, taken back, approved, refused; each with its event.

Every method is a step of the caller's unit. The app's row is held first, so that of two decisions, or a
decision and a new version, one comes after the other. What cannot be done any more is a value (`Stale`):
then nothing was written.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal, NamedTuple

from consent.ledger.append import Ledger
from consent.ledger.events import Event
from foundation.database import Transaction
from idp.clients.declaration import Declaration, declared_in, put_into
from idp.clients.events import (
    DeclarationApproved,
    DeclarationRefused,
    DeclarationSubmitted,
    DeclarationWithdrawn,
)
from idp.clients.metadata import ClientMetadata
from idp.clients.versions import (
    ADD_VERSION,
    HOLD_APP,
    PUT_METADATA,
    HeldApp,
    State,
    Version,
    find_version,
    give_way,
    newest_of,
    settle,
)
from keys.people import PersonSecrets


class Stale(NamedTuple):
    """Somebody was quicker: the version is not waiting any more, or there is no such app."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acts, and when. account_id, person: None for the operator at the command line.

    now: microseconds. request_id: trace id.
    """

    now: int
    account_id: str | None = None
    person: PersonSecrets | None = None
    request_id: str | None = None

    @property
    def role(self) -> Literal["administrator", "operator"]:
        return "operator" if self.account_id is None else "administrator"


@dataclass(frozen=True, slots=True)
class Declarations:
    """The steps that write versions."""

    ledger: Ledger

    async def first(self, tx: Transaction, client_id: str, metadata: ClientMetadata, hand: Hand) -> None:
        """The version that an app is registered with: the operator's, so approved at once."""
        made = _made(client_id, 1, declared_in(metadata), hand)
        await tx.run(ADD_VERSION, **made._replace(state="approved", decided_at=hand.now)._asdict())

    async def submit(
        self, tx: Transaction, client_id: str, declared: Declaration, hand: Hand
    ) -> Version | Stale:
        """Send a new version of the partner's own app; one that still waited gives way to it.

        Stale: the app is not hers (any more).
        """
        held = await self._hold(tx, client_id)
        if held is None or held.owner_id != hand.account_id:
            return Stale()
        before = await give_way(tx, client_id, "submitted")
        made = _made(client_id, await newest_of(tx, client_id) + 1, declared, hand)
        await tx.run(ADD_VERSION, **made._asdict())
        event = DeclarationSubmitted(
            client=client_id,
            scopes=" ".join(declared.scopes),
            version=made.version,
            digest=declared.digest,
            replaced=before,
        )
        await self._record(tx, event, hand)
        return made

    async def withdraw(self, tx: Transaction, client_id: str, version: int, hand: Hand) -> bool:
        """Take back the partner's own version; False when it waits no more, or is not hers."""
        held = await self._hold(tx, client_id)
        found = await find_version(tx, client_id, version)
        if held is None or found is None or held.owner_id != hand.account_id:
            return False
        if not await settle(tx, _settled(found, "withdrawn", hand)):
            return False
        await self._record(tx, DeclarationWithdrawn(client=client_id, version=version), hand)
        return True

    async def approve(
        self, tx: Transaction, client_id: str, version: int, disclosure_basis: str, hand: Hand
    ) -> Version | Stale:
        """Let the app ask by a version from now on. disclosure_basis: on what ground we hand data over."""
        held = await self._hold(tx, client_id)
        found = await find_version(tx, client_id, version)
        if held is None or found is None or found.state != "submitted":
            return Stale()
        declared = found.declared.model_copy(update={"disclosure_basis": disclosure_basis})
        approved = _settled(found, "approved", hand)._replace(declared_json=declared.model_dump_json())
        before = await give_way(tx, client_id, "approved")
        await settle(tx, approved)
        metadata = put_into(ClientMetadata.model_validate_json(held.metadata_json), declared, version)
        await tx.run(PUT_METADATA, client_id=client_id, text=metadata.model_dump_json())
        event = DeclarationApproved(
            client=client_id,
            scopes=" ".join(declared.scopes),
            version=version,
            digest=declared.digest,
            replaced=before,
            by=hand.role,
        )
        await self._record(tx, event, hand)
        return approved

    async def refuse(
        self, tx: Transaction, client_id: str, version: int, reason: str, hand: Hand
    ) -> Version | Stale:
        """Refuse a version, telling its partner why; what held goes on."""
        held = await self._hold(tx, client_id)
        found = await find_version(tx, client_id, version)
        if held is None or found is None:
            return Stale()
        refused = _settled(found, "refused", hand)._replace(reason=reason)
        if not await settle(tx, refused):
            return Stale()
        event = DeclarationRefused(
            client=client_id,
            version=version,
            digest=found.declared.digest,
            reason=hashlib.sha256(reason.encode()).hexdigest(),
            by=hand.role,
        )
        await self._record(tx, event, hand)
        return refused

    async def _hold(self, tx: Transaction, client_id: str) -> HeldApp | None:
        """The app, which nobody else decides on before the unit ends; with its first version at least."""
        held = await tx.first(HOLD_APP, client_id=client_id)
        if held is not None and not await newest_of(tx, client_id):
            # Registered before there were versions: what it asks by now is its first.
            metadata = ClientMetadata.model_validate_json(held.metadata_json)
            await self.first(tx, client_id, metadata, Hand(held.created_at))
        return held

    async def _record(self, tx: Transaction, event: Event, hand: Hand) -> None:
        await self.ledger.append(tx, event, person=hand.person, now=hand.now, request_id=hand.request_id)


def _made(client_id: str, version: int, declared: Declaration, hand: Hand) -> Version:
    text = declared.model_dump_json()
    return Version(client_id, version, "submitted", text, hand.now, hand.account_id, None, None, "")


def _settled(found: Version, state: State, hand: Hand) -> Version:
    return found._replace(state=state, decided_at=hand.now, decided_by=hand.account_id)
