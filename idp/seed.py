"""The people and apps of the demonstration (CONTRACT.md names them); safe to run again."""

from urllib.parse import urlsplit

from consent.catalogue import Phrase
from consent.profile.document import Document
from consent.profile.personas import PERSONAS, load_persona
from foundation.database import ConflictError
from foundation.settings import Settings
from idp.clients.metadata import ClientMetadata
from idp.clients.registry import find_client
from idp.commands.clients import register_client
from idp.commands.people import add_account
from idp.context import Server
from idp.people.accounts import Role
from idp.signals.streams import Wish, configure, find_stream

PASSWORD = "demo"  # noqa: S105  # public by design: the demonstration's people are nobody
COACH_ID = "coach-demo"
COACH_SECRET = "coach-demo-secret"  # noqa: S105  # public by design, and only good on the loopback
COACH_PUSH_SECRET = "coach-demo-push"  # noqa: S105  # the same
ADVISER_ID = "adviser-demo"
ADVISER_SECRET = "adviser-demo-secret"  # noqa: S105  # the same
KIOSK_ID = "kiosk-demo"
KIOSK_SECRET = "kiosk-demo-secret"  # noqa: S105  # the same
STAFF: tuple[tuple[str, Role], ...] = (
    ("auditor@example.org", "auditor"),
    ("admin@example.org", "administrator"),
    ("partner@example.org", "partner"),
)


def coach_origin(settings: Settings) -> str:
    """Where the sample app lives: beside us, on its own port."""
    return _beside(settings, settings.app_port)


def adviser_origin(settings: Settings) -> str:
    """Where the sample tool for advisers lives."""
    return _beside(settings, settings.adviser_port)


def kiosk_origin(settings: Settings) -> str:
    """Where the sample kiosk lives."""
    return _beside(settings, settings.kiosk_port)


def _beside(settings: Settings, port: int) -> str:
    host = urlsplit(settings.issuer_url).hostname or "127.0.0.1"
    return f"http://{host}:{port}"


def coach_metadata(settings: Settings) -> ClientMetadata:
    """The sample coaching app's registration."""
    return ClientMetadata(
        name="Cap Coaching",
        redirect_uris=(f"{coach_origin(settings)}/callback",),
        required_scopes=("openid", "profile"),
        optional_scopes=("email", "skills", "experiences", "trainings", "offline_access"),
        grant_types=("authorization_code", "refresh_token", "client_credentials"),
        authorization_details_types=("career_data",),
        purpose_code="career_guidance",
        purpose=Phrase(
            "vous proposer un plan d’action adapté à vos compétences",
            "suggest an action plan that fits your skills",
        ),
        retention=Phrase(
            "Cap Coaching efface vos données au plus tard un mois après la fin de l’autorisation.",
            "Cap Coaching erases your data no later than one month after the authorisation ends.",
        ),
        use_basis="contract",
        no_detriment=True,
        scope_reasons={
            "profile": Phrase("pour créer votre espace à votre nom", "to create your space in your name"),
            "email": Phrase("pour vous envoyer votre plan d’action", "to send you your action plan"),
            "skills": Phrase("pour repérer les métiers proches du vôtre", "to find jobs close to yours"),
            "experiences": Phrase("pour comprendre votre parcours", "to understand your career"),
            "trainings": Phrase(
                "pour proposer des formations de votre niveau", "to suggest courses at your level"
            ),
        },
        legal_entity="Cap Coaching SAS (démonstration)",
        homepage=coach_origin(settings),
        privacy_url=f"{coach_origin(settings)}/privacy",
        contact="contact@cap-coaching.example",
        verified_on="2026-03-03",
    )


def kiosk_metadata(settings: Settings) -> ClientMetadata:
    """The registration of the sample kiosk, which no browser of hers comes back to."""
    return ClientMetadata(
        name="Borne emploi",
        required_scopes=("openid", "profile"),
        optional_scopes=("skills",),
        grant_types=("urn:ietf:params:oauth:grant-type:device_code",),
        purpose_code="career_guidance",
        purpose=Phrase(
            "vous montrer sur un écran public les métiers proches de vos compétences",
            "show you on a public screen the jobs close to your skills",
        ),
        retention=Phrase(
            "La borne efface tout à la fin de votre visite, au plus tard 90 secondes après votre départ.",
            "The kiosk erases all when your visit ends, 90 seconds after you left at the latest.",
        ),
        use_basis="contract",
        no_detriment=True,
        scope_reasons={
            "profile": Phrase("pour vous saluer par votre prénom", "to greet you by your first name"),
            "skills": Phrase("pour repérer les métiers proches du vôtre", "to find jobs close to yours"),
        },
        legal_entity="Escale Services SAS (demo)",
        homepage=kiosk_origin(settings),
        contact="contact@escale.example",
        verified_on="2026-03-03",
    )


def adviser_metadata(settings: Settings) -> ClientMetadata:
    """The registration of the sample tool for advisers, which asks people at another screen than its own."""
    return ClientMetadata(
        name="Cap Conseil",
        required_scopes=("openid", "profile"),
        optional_scopes=("skills", "experiences"),
        grant_types=("urn:openid:params:grant-type:ciba",),
        purpose_code="career_guidance",
        purpose=Phrase("préparer avec vous votre rendez-vous", "prepare your appointment with you"),
        retention=Phrase(
            "Cap Conseil efface tout une heure après le rendez-vous, au plus tard.",
            "Cap Conseil erases all an hour after the appointment, at the latest.",
        ),
        use_basis="contract",
        no_detriment=True,
        scope_reasons={
            "profile": Phrase("pour savoir qui est en face", "to know who is across the table"),
            "skills": Phrase("pour parler de ce que vous savez faire", "to talk about what you can do"),
            "experiences": Phrase("pour comprendre votre parcours", "to understand your career"),
        },
        legal_entity="Cap Conseil SCOP (demo)",
        homepage=adviser_origin(settings),
        contact="contact@cap-conseil.example",
        verified_on="2026-03-03",
    )


async def seed_demo(server: Server) -> None:
    """Make whatever of the demonstration is not there yet."""
    for name in PERSONAS:
        await _account(server, f"{name}@example.org", "person", load_persona(name))
    made = {email: await _account(server, email, role, None) for email, role in STAFF}
    owner = made["partner@example.org"]
    for client_id, metadata, secret in (
        (COACH_ID, coach_metadata(server.settings), COACH_SECRET),
        (ADVISER_ID, adviser_metadata(server.settings), ADVISER_SECRET),
        (KIOSK_ID, kiosk_metadata(server.settings), KIOSK_SECRET),
    ):
        async with server.db.reading() as tx:
            known = await find_client(tx, client_id)
        if known is None:
            await register_client(server, client_id, metadata, secret, owner)
    await _push_to_coach(server)


async def _push_to_coach(server: Server) -> None:
    """The sample app is told of withdrawals, unless somebody chose otherwise before."""
    wish = Wish(f"{coach_origin(server.settings)}/signals", f"Bearer {COACH_PUSH_SECRET}", "operator")
    async with server.db.transaction() as tx:
        if await find_stream(tx, COACH_ID) is None:
            await configure(server, tx, COACH_ID, wish, server.clock.now())


async def _account(server: Server, email: str, role: Role, document: Document | None) -> str | None:
    """The new account's id; None for one made by an earlier start."""
    try:
        return str((await add_account(server, email, PASSWORD, role, document))["person_id"])
    except ConflictError:
        return None
