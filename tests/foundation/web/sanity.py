"""What every page must be, whatever it says: read from its HTML, without a browser.

`defects(html)` is empty for a sound page. `unmarked(html)` gives the texts that a page in the accented
made-up language shows without its brackets: they were never marked for translation.
"""

import re
from html.parser import HTMLParser
from itertools import pairwise

from tests.support.html import html_problems

_VOID = frozenset(
    (
        "area",
        "base",
        "br",
        "circle",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "path",
        "rect",
        "source",
    )
)
_SILENT = frozenset({"style", "script", "code", "time"})
_FIELDS = frozenset({"input", "select", "textarea"})
_TOLD_AT_HEAD = re.compile(r'<div class="summary".*?</div>', re.DOTALL)
_LINK = re.compile(r'<a href="#([^"]+)">(.*?)</a>', re.DOTALL)
_TOLD_AT_FIELD = re.compile(
    r'<p class="error" id="([^"]+)-error">.*?<span class="unseen">.*?</span>(.*?)</span></p>', re.DOTALL
)
_HANDLERS = re.compile(r"on[a-z]+")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str]]] = []
        self.seen: list[tuple[str, dict[str, str], tuple[str, ...]]] = []
        self.texts: list[tuple[str, str]] = []
        self.crossed: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self.seen.append((tag, given, tuple(name for name, _ in self.open)))
        if tag not in _VOID:
            self.open.append((tag, given))

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, {name: value or "" for name, value in attrs}, ()))

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            self.crossed.append(tag)
        elif tag not in _VOID:
            self.open.pop()

    def handle_data(self, data):
        if data.strip() and not any(name in _SILENT for name, _ in self.open):
            self.texts.append((" ".join(data.split()), self.open[-1][0]))


def defects(html: str) -> list[str]:
    """What is wrong with a page, one sentence each."""
    page = _Reader()
    page.feed(html)
    return [
        *(f"{tag} is closed out of order" for tag in page.crossed),
        *(f"{tag} is never closed" for tag, _ in page.open),
        *_of_ids(page),
        *(html_problems(html) if "<html" in html else ()),
        *_of_fields(page),
        *_of_forms(html),
        *_of_errors(html),
        *_of_headings(page),
        *_of_policy(page),
    ]


def _of_ids(page):
    ids = [attrs["id"] for _, attrs, _ in page.seen if "id" in attrs]
    yield from (f"id {name} stands twice" for name in set(ids) if ids.count(name) > 1)
    for _, attrs, _ in page.seen:
        wanted = " ".join(
            attrs.get(name, "") for name in ("for", "aria-describedby", "aria-labelledby")
        ).split()
        if attrs.get("href", "").startswith("#"):
            wanted.append(attrs["href"][1:])
        yield from (f"nothing has the id {name}" for name in wanted if name not in ids)


def _of_fields(page):
    labelled = {attrs.get("for") for tag, attrs, _ in page.seen if tag == "label"}
    for tag, attrs, above in page.seen:
        hidden = attrs.get("type") == "hidden" or "hidden" in attrs
        if tag in _FIELDS and not hidden and "label" not in above and attrs.get("id") not in labelled:
            yield f"field {attrs.get('name')} has no label"


def _of_forms(html):
    for form in re.findall(r"<form\b.*?</form>", html, re.DOTALL):
        posts = 'method="post"' in form
        if posts != ('name="form_token"' in form):
            yield f"a form {'without' if posts else 'with'} a token: {form[:80]}"


def at_head(html: str) -> dict[str, str]:
    """What the head of a page says is wrong: id of the field that it leads to -> text."""
    return {name: text.strip() for head in _TOLD_AT_HEAD.findall(html) for name, text in _LINK.findall(head)}


def _of_errors(html):
    told = {name: text.strip() for name, text in _TOLD_AT_FIELD.findall(html)}
    if list(at_head(html).items()) != list(told.items()):
        yield f"at its head {at_head(html)}, at its fields {told}"


def _of_headings(page):
    levels = [int(tag[1]) for tag, _, _ in page.seen if re.fullmatch(r"h[1-6]", tag)]
    if levels.count(1) != 1:
        yield f"{levels.count(1)} first-level headings"
    yield from (f"h{after} comes after h{before}" for before, after in pairwise(levels) if after > before + 1)


def _of_policy(page):
    for tag, attrs, _ in page.seen:
        if "style" in attrs or tag == "style" or any(_HANDLERS.fullmatch(name) for name in attrs):
            yield f"{tag} has a style or a handler of its own"
        if tag == "img" and "alt" not in attrs:
            yield "an image says nothing"
        if tag == "script" and not attrs.get("src", "").startswith("/static/"):
            yield "a script is not a file of ours"


def unmarked(html: str, data: tuple[str, ...] = ()) -> list[str]:
    """Texts of an accented page that no `_()` went over. data: of people and partners, expected as is."""
    page = _Reader()
    page.feed(html)
    plain = re.sub(r"\[.*?~*\]", "", "\x00".join(text for text, _ in page.texts), flags=re.DOTALL)
    pieces = re.split(r"[\x00·,()–]| : ", plain)
    words = [text.strip(" .").lower() for text in pieces if re.search(r"[A-Za-z]{3}", text)]
    return [text for text in words if not any(text in one.lower() for one in data)]
