"""The page checker finds what it is there for, and lets a sound page through."""

import pytest

from tests.support.html import html_problems

PAGE = '<!doctype html>\n<html lang="fr"><head><title>Page</title></head><body>{}</body></html>'
SOUND = """
<header><nav><ul><li><a href="/">Accueil</a></li></ul></nav></header>
<main><h1>Une page <small>de plus</small></h1>
<a href="/x"><div>un bloc dans un lien hors d’une ligne</div></a>
<p>Du texte, <ins>du neuf</ins> et <time datetime="2026-03-03">le 3 mars</time>.
<details><summary><h2>Plus</h2></summary><dl><dt>un<dd>deux</dl></details>
<form><fieldset><legend>Choix</legend><label><input type="radio" name="a"> a</label></fieldset></form>
<table><caption>C</caption><thead><tr><th>a</th></tr></thead><tbody><tr><td><p>b</p></td></tr></tbody></table>
<svg viewBox="0 0 1 1"><path d="M0 0"/></svg></main>"""


def test_a_sound_page_passes():
    assert html_problems(PAGE.format(SOUND)) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<p id="a" id="b">x</p>', "duplicate-attribute"),
        ('<a href="/x"><a href="/y">z</a></a>', "unexpected-start-tag-implies-end-tag"),
        ("<div><p>x", "expected-one-end-tag"),
        ("<table><div>x</div></table>", "voodoo"),
        ("<p>&nosuch;</p>", "expected-named-entity"),
        ("<div/>x", "trailing-solidus"),
        ("<p>a < b</p>", "expected-tag-name"),
        ('<p class=a"b>x</p>', "unquoted"),
        ("<p><div>a</div></p>", "unexpected-end-tag"),
        ("<ul><div>x</div></ul>", "<div> stands in <ul>"),
        ("<dl><p>x</p></dl>", "<p> stands in <dl>"),
        ("<div><li>x</li></div>", "<li> stands in <div>"),
        ("<div><summary>x</summary></div>", "<summary> stands in <div>"),
        ("<span><div>x</div></span>", "<div> stands in a line of <span>"),
        ('<p><a href="/"><ul><li>x</li></ul></a></p>', "unexpected"),
        ("<h2><span><h3>x</h3></span></h2>", "<h3> stands in a line of <span>"),
        ('<button><a href="/x">x</a></button>', "<a> stands in <button>"),
        ("<label><label>x</label></label>", "<label> stands in <label>"),
        ("<details><p>x</p><summary>y</summary></details>", "<summary> is not the first"),
        ("<form><div><form>x</form></div></form>", "unexpected-start-tag"),
        ('<time datetime="hier">x</time>', "no machine reads"),
        ("<time>hier</time>", "no machine reads"),
        ('<img src="/a.svg">', "no alternative"),
        ('<button type="go">x</button>', "unknown type"),
    ],
)
def test_what_is_wrong_is_named(body, said):
    assert said in " ".join(html_problems(PAGE.format(body)))


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<p>x", "expected-doctype-but-got-start-tag"),
        ("<!doctype html><html><head><title>x</title></head></html>", "no language"),
        ('<!doctype html><html lang="fr"><head><title> </title></head></html>', "no title"),
        ('<!doctype html><html lang="fr"><head></head></html>', "no title"),
    ],
)
def test_what_a_whole_page_lacks_is_named(page, said):
    assert said in " ".join(html_problems(page))
