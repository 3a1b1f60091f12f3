"""Whether a page is valid HTML, without a network: what a strict parser repairs, and what may stand where.

    assert html_problems(text) == []

html5lib is the standard's own algorithm with every parse error named. What parses and still is not valid is
looked for in the tree: the content models that a template gets wrong (a block in a line of text, a stray
child of a list, a control in a control), not every rule of the standard.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = _HEADINGS | {
    "article", "aside", "details", "div", "dl", "fieldset", "figure", "footer", "form", "header", "hr",
    "main", "nav", "ol", "p", "pre", "search", "section", "table", "ul",
}  # fmt: skip
# Only text and what stands in a line of it. `a`, `ins` and `del` are as what they stand in.
_LINES = _HEADINGS | {
    "abbr", "b", "button", "cite", "code", "dfn", "em", "i", "kbd", "label", "legend", "p", "pre", "q", "s",
    "samp", "small", "span", "strong", "sub", "summary", "sup", "time", "var",
}  # fmt: skip
_MAY_HOLD_HEADINGS = {"legend", "summary"}
_CHILDREN = {
    "ul": {"li"},
    "ol": {"li"},
    "dl": {"dt", "dd", "div"},
    "table": {"caption", "colgroup", "thead", "tbody", "tfoot", "tr"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "tr": {"th", "td"},
    "select": {"option", "optgroup", "hr"},
}
_ONLY_IN = {
    "li": {"ul", "ol", "menu"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
    "legend": {"fieldset"},
    "summary": {"details"},
    "caption": {"table"},
    "figcaption": {"figure"},
}
_CONTROLS = {"a", "button", "input", "select", "textarea", "label", "details"}
_DATETIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", re.ASCII)


def html_problems(text: str) -> list[str]:
    """What is not valid in a page, one sentence each. text: as it was sent, not as a browser repaired it."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(text)
    found = [f"line {place[0]}: {code} {values or ''}".rstrip() for place, code, values in parser.errors]
    found += [] if tree.get("lang") else ["the page has no language"]
    found += [] if (tree.findtext("head/title") or "").strip() else ["the page has no title"]
    return found + [said for element in tree.iter() for said in _of(element)] + list(_inside(tree, ()))


def _of(element: Element) -> Iterator[str]:
    name, children = element.tag, [child.tag for child in element if isinstance(child.tag, str)]
    if name in _CHILDREN:
        yield from (f"<{child}> stands in <{name}>" for child in children if child not in _CHILDREN[name])
    for wanted, first in (("fieldset", "legend"), ("details", "summary")):
        if name == wanted and first in children[1:]:
            yield f"<{first}> is not the first in <{name}>"
    if name == "img" and element.get("alt") is None:
        yield "an image has no alternative"
    stamp = element.get("datetime")
    if name == "time" and not _DATETIME.fullmatch(stamp if stamp is not None else element.text or ""):
        yield f"no machine reads the time {stamp!r}"
    if name == "button" and element.get("type", "submit") not in {"submit", "button", "reset"}:
        yield "a button of an unknown type"


def _inside(element: Element, above: tuple[str, ...]) -> Iterator[str]:
    for child in element:
        name = child.tag
        if not isinstance(name, str) or name in {"svg", "head"}:
            continue
        yield from _misplaced(name, above)
        yield from _inside(child, (*above, name))


def _misplaced(name: str, above: tuple[str, ...]) -> Iterator[str]:
    if name in _ONLY_IN and not (above and above[-1] in _ONLY_IN[name]):
        yield f"<{name}> stands in <{above[-1] if above else ''}>"
    holder = next((one for one in reversed(above) if one not in {"a", "ins", "del"}), "")
    allowed = name in _HEADINGS and holder in _MAY_HOLD_HEADINGS
    if name in _BLOCKS and holder in _LINES and not allowed:
        yield f"<{name}> stands in a line of <{holder}>"
    if name in _CONTROLS:
        yield from (f"<{name}> stands in <{outer}>" for outer in above if outer in {"a", "button"})
    if name == "label" and "label" in above:
        yield "<label> stands in <label>"
    if name == "form" and "form" in above:
        yield "<form> stands in <form>"
