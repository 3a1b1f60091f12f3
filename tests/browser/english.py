"""What is left of the French on an English page, where nobody wrote French."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from playwright.async_api import Route

from consent.profile.personas import PERSONAS
from tests.actors.browser import Browser
from tests.support import ROOT

_FRENCH = re.compile(
    r"[àâçèéêëîïôùûœ«»]|\b(vous|votre|vos|aucune?|retirer|partager|pour|les|des|une|est|dans|avec|sur)\b",
    re.I,
)
# Names, and what somebody wrote in the language she chose.
_NAMES = (
    *("Cap Coaching SAS (démonstration)", "Langues Plus", "Chloé", "Français", "France Travail"),
    *("Baccalauréat", "Secrétariat assistanat", "Bénévole à l’accueil"),
    *("“secrétaire”", "“développeuse”", "“Pour”"),  # how to search, and what to write, in French
    "vous proposer un plan d’action adapté à vos compétences",
    "Je n’ai rien demandé. Pouvez-vous vérifier ?",
    "« Votre copie est effacée : Cap Coaching ne la gardait qu’en mémoire. »",
)
# Mails are in the language of who gets them; who signed out is not signed in to do it again.
IN_ONE_LANGUAGE = {"outbox", "signing out at an app too"}
_SAID = ("aria-label", "title", "alt", "placeholder", "data-label")
_UNREAD = {"script", "style", "svg"}


UNFOLD = "() => document.querySelectorAll('main details').forEach(one => { one.open = true })"


@asynccontextmanager
async def in_english(browser: Browser) -> AsyncIterator[None]:
    """A browser that asks for English, for the pages that are opened in this block; the last is unfolded."""
    await browser.page.route("**/*", _in_english)
    yield
    await browser.page.unroute("**/*", _in_english)
    await browser.page.evaluate(UNFOLD)


async def _in_english(route: Route) -> None:
    # The header of a whole browser, as its language says, is not the page's to change.
    await route.continue_(headers=route.request.headers | {"accept-language": "en"})


async def left_in_french(browser: Browser) -> list[str]:
    """The texts of this English page, as it was sent, that are French still."""
    page = html5lib.parse(await browser.source(), namespaceHTMLElements=False)
    assert page.get("lang") == "en", browser.page.url
    texts = (" ".join(text.split()) for text in _texts(page))
    return [text for text in texts if _FRENCH.search(_without_values(text))]


def _texts(element: Element) -> Iterator[str]:
    """What is read of an element, but for what it says is French."""
    if isinstance(element.tag, str) and element.tag not in _UNREAD and element.get("lang") != "fr":
        yield element.text or ""
        yield from (element.get(name, "") for name in _SAID)
        for child in element:
            yield from _texts(child)
            yield child.tail or ""


def _without_values(text: str) -> str:
    for value in (*_VALUES, *_NAMES):
        text = text.replace(value, "")
    return text


def _strings(value: Any) -> Iterator[str]:  # whatever JSON holds
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, str) and len(value) > 2:
        yield " ".join(value.split())


def _known() -> list[str]:
    """What the people of the demonstration wrote of themselves, and what jobs are called; longest first."""
    files = [ROOT / "consent/profile/data" / f"{name}.json" for name in PERSONAS]
    files.append(ROOT / "consent/rome/data/rome.json")
    found = {text for path in files for text in _strings(json.loads(path.read_text("utf-8")))}
    return sorted(found, key=len, reverse=True)


_VALUES = _known()
