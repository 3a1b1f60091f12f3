"""The witnesses of our log: whom the operator's policy file names, asked in the background."""

from collections.abc import Awaitable, Callable, Mapping

from consent.ledger.notes.adding import PATH, SIZE_MEDIA
from consent.ledger.notes.policy import Policy, PolicyError, parse_policy
from consent.ledger.witnessing.asking import Asking, Post, Reply, UnansweredError
from foundation.clock import Clock
from foundation.database import Database
from foundation.errors import SettingsError
from foundation.outbound.fetching import Outbound, Parcel
from foundation.outbound.problems import OutboundError
from foundation.settings import Settings
from idp.context import Server

ASK_SECONDS = 5.0
_MOST_BYTES = 16_384
_NOBODY = Policy(())


def policy_of(settings: Settings) -> Policy:
    """Whose cosignatures our log asks for. Raises SettingsError."""
    if settings.ledger_policy is None:
        return _NOBODY
    try:
        return parse_policy(settings.ledger_policy.read_bytes())
    except (OSError, PolicyError) as error:
        raise SettingsError(f"ACCORD_LEDGER_POLICY: {settings.ledger_policy}: {error}") from None


def asking_of(settings: Settings, db: Database, outbound: Outbound, origin: str, clock: Clock) -> Asking:
    """What asks them. origin: the log's name."""
    return Asking(db, origin, policy_of(settings), _post_by(outbound), clock)


def witness_jobs(server: Server) -> Mapping[str, tuple[float, Callable[[], Awaitable[object]]]]:
    """How often, in seconds, and what; none where there is nobody to ask."""
    asking = server.witnesses

    async def ask() -> None:
        await (asking.ask() if server.sequencer.leading else asking.look())

    return {"witnesses": (ASK_SECONDS, ask)} if asking.needed else {}


def _post_by(outbound: Outbound) -> Post:
    async def post(prefix: str, body: bytes) -> Reply:
        parcel = Parcel("text/plain", body, f"text/plain, {SIZE_MEDIA}")
        try:
            reply = await outbound.post(prefix.rstrip("/") + PATH, parcel, most=_MOST_BYTES)
        except OutboundError as error:
            raise UnansweredError(f"{error.code} {error.detail}".strip()) from None
        return Reply(reply.status, reply.body)

    return post
