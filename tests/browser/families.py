"""What the tour finds in the rooms of partners and of families: requests that wait, agreements half made."""

import secrets
from datetime import timedelta

from consent.catalogue import Phrase
from consent.limits import Frequency
from foundation.ids import new_id
from idp.clients.declaration import Declaration
from idp.clients.declarations import Declarations, Hand
from idp.commands.clients import partner_id, register_client
from idp.context import Server
from idp.minors import rows
from idp.people.accounts import Holder, find_by_digest
from idp.people.addresses import digest_of_text
from idp.people.ages import today
from idp.people.hashing import Hasher
from idp.people.opening import NewAccount, create_account, draft_account
from idp.running.opening import open_server
from idp.seed import PASSWORD, coach_metadata
from tests.actors.browser import Browser
from tests.actors.house import PARTNER, Account, House

_WHY = Phrase("pour proposer des postes dans vos langues", "to suggest jobs in your languages")


async def waiting_request(house: House) -> str:
    """An app of the partner's whose new declaration waits for a decision; its id."""
    client_id = f"app-{secrets.token_hex(8)}"
    async with open_server(house.settings) as server:
        owner = await partner_id(server, PARTNER.email)
        metadata = coach_metadata(server.settings).model_copy(update={"name": "Langues Plus"})
        await register_client(server, client_id, metadata, owner_id=owner)
        declared = Declaration(
            required_scopes=("openid", "profile"),
            optional_scopes=("skills", "languages", "offline_access"),
            scope_reasons=metadata.scope_reasons | {"languages": _WHY},
            purpose_code="job_matching",
            purpose=Phrase("vous proposer des offres", "suggest offers"),
            retention=metadata.retention,
            frequency=Frequency(500, "week"),
            use_basis="contract",
        )
        hand = Hand(server.clock.now(), owner)
        async with server.db.transaction() as tx:
            await Declarations(server.ledger).submit(tx, client_id, declared, hand)
    return client_id


async def account(house: House, name: str, *, child: bool) -> Account:
    """Somebody's account; a child's is of a girl of 14."""
    email = f"{name}-{secrets.token_hex(4)}@example.org"
    async with open_server(house.settings) as server:
        await _holder(server, email, child=child)
    return Account(email, PASSWORD, {})


async def _holder(server: Server, email: str, *, child: bool) -> Holder:
    hasher = Hasher()
    soon = today(server.clock.now()) + timedelta(days=200)
    new = NewAccount(email, PASSWORD, of_age_on=soon if child else None, allow_weak_password=True)
    draft = await draft_account(hasher, new)
    hasher.close()
    async with server.db.transaction() as tx:
        return await create_account(tx, server, draft, server.clock.now())


async def agreed_before(house: House, parent: Account) -> None:
    """What the parent agreed to with another child."""
    async with open_server(house.settings) as server:
        now, email = server.clock.now(), f"zoe-{secrets.token_hex(4)}@example.org"
        child = await _holder(server, email, child=True)
        digest = digest_of_text(server.secrets.lookup, parent.email)
        async with server.db.transaction() as tx:
            her = await find_by_digest(tx, digest)
            assert her is not None
            made = new_id(now)
            told = rows.Told("", {}, "openid", {"app": "Cap Coaching", "scopes": []}, email, parent.email)
            sealed = rows.seal_told(made, told, child.person)
            row = rows.Agreement(
                made, child.id, "coach-demo", "used", her.id, "", "", sealed, now, now, now, None
            )
            await rows.add(tx, row)


async def choose(child: Browser) -> str:
    """A child answers the coach's question; the path of the page where she names a parent."""
    await child.come_from_the_app()
    await child.tick("skills")
    await child.share_for("30d")
    await child.press("#accept")
    return child.path


async def ask(child: Browser, parent: Account) -> str:
    """The same, and names the parent; the address in the parent's mail."""
    await choose(child)
    await child.page.fill("[name=email]", parent.email)
    await child.press("#ask-parent")
    path = child.path
    link = await child.newest_mail(parent.email)
    await child.visit(path)
    return link
