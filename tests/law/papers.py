"""What a person holds in her hands: pages as text, receipts, the archive of an export."""

import html
import io
import re
from typing import Any
from zipfile import ZipFile

import httpx

from tests.idp.support import World
from tests.idp.tokens import claims_of
from tests.idp.visitor import PASSWORD, Visitor, read, sent_back

COACH = {"client_id": "coach"}  # what /authorize is asked by, beside the usual
_TAGS = re.compile(r"<[^>]+>")
_FACT = re.compile(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", re.DOTALL)
_RECEIPT = re.compile(r'href="(/account/receipts/[0-9a-f]{32})"')
_REVOKE = re.compile(
    r'<form method="post" action="(/account/apps/[0-9a-f]{32}/revoke)">(.*?)</form>', re.DOTALL
)


def words(markup: str) -> str:
    """The text of a page as it is read, its blanks plain."""
    return " ".join(html.unescape(_TAGS.sub(" ", markup)).split())


def facts(page: httpx.Response) -> dict[str, str]:
    """The pairs of term and explanation of a page."""
    return {words(term): words(said) for term, said in _FACT.findall(page.text)}


def main(page: httpx.Response) -> str:
    """The text of the page proper, without the frame around it."""
    return words(page.text.partition("<main")[2].partition("</main>")[0].partition(">")[2])


async def shared(coach: World, visitor: Visitor, **ticked: Any) -> dict[str, Any]:
    """She signs in, ticks and accepts; the app's token answer."""
    page = await visitor.start(**COACH)
    back = sent_back(await visitor.decide(page, **({"scope": ["skills"]} | ticked)))
    answer = await coach.redeem(back["code"])
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def receipts(visitor: Visitor) -> list[dict[str, Any]]:
    """Her signed receipts, the newest first, each with the page of `seen` that it refers to."""
    paths = dict.fromkeys(_RECEIPT.findall((await visitor.get("/account/receipts")).text))
    found = []
    for path in paths:
        answer = await visitor.get(path + "/signed")
        assert answer.status_code == 200, path
        found.append(answer.json() | {"seen": await visitor.get(path + "/seen")})
    return found


async def revoke(visitor: Visitor) -> tuple[httpx.Response, list[str]]:
    """Press the first "withdraw" of her list of apps; the answer, and the fields that its form has."""
    page = await visitor.get("/account/apps")
    found = _REVOKE.search(page.text)
    assert found is not None
    asked = re.findall(r'<(?:input|select|textarea)[^>]*name="(\w+)"', found[2])
    answer = await visitor.post(found[1], {"form_token": read(page).hidden["form_token"]})
    return await visitor.follow(answer), asked


async def export(visitor: Visitor) -> dict[str, bytes]:
    """The files of her archive."""
    form = read(await visitor.get("/account/data/export"))
    answer = await visitor.post("/account/data/export", form.hidden)
    assert answer.headers["content-type"] == "application/zip", answer.text
    with ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def erase_herself(visitor: Visitor) -> tuple[str, str]:
    """By the page, with her password: what she read before, and after."""
    page = await visitor.get("/account/delete")
    fields = read(page).hidden | {"current_password": PASSWORD}
    after = await visitor.follow(await visitor.post("/account/delete", fields))
    assert after.status_code == 200, after.text
    return words(page.text), words(after.text)


async def told(app: World) -> list[dict[str, Any]]:
    """The events that wait for an app: each by its type, with the subject it knows the person by."""
    answer = await app.http.post(
        "/signals/poll", json={"returnImmediately": True}, auth=(app.client.id, app.secret)
    )
    return [claims_of(token) for token in answer.json()["sets"].values()]
