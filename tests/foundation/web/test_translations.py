"""Every text of every room is translated; the command that keeps it so does no harm."""

from pathlib import Path

import pytest

from foundation.web import translations
from foundation.web.translations import main, problems, stored, update

TOP = Path(__file__).parents[3]


def test_every_text_of_every_room_is_translated():
    assert problems(TOP) == []


@pytest.fixture
def tree(tmp_path):
    folder = tmp_path / "consent" / "pages" / "templates"
    folder.mkdir(parents=True)
    plural = "{% trans num=n %}Un{% pluralize num %}{{ num }} choses{% endtrans %}"
    (folder / "a.html").write_text(plural + "{{ _('Oui %(a)s') }}")
    (tmp_path / "consent" / "words.py").write_text('X = N_("Non")\n')
    (tmp_path / "consent" / "pages" / "templates" / "b.txt").write_text("{{ _('Bonjour') }}")
    (tmp_path / "consent" / "notes.txt").write_text("{{ _('Pas ici') }}")
    return tmp_path


def test_a_catalogue_is_made_filled_and_cleaned(tree):
    home = tree / "consent"
    update(tree)
    path = home / "locales" / "en.po"
    assert len(problems(tree)) == 4
    path.write_text(
        'msgid "Non"\nmsgstr "No"\n\nmsgid "Oui %(a)s"\nmsgstr "Yes %(b)s"\n\nmsgid "Bonjour"\n'
        'msgstr "Hello"\n\n'
        'msgid "Un"\nmsgid_plural "%(num)s choses"\nmsgstr[0] "One"\nmsgstr[1] "%(num)s things"\n\n'
        'msgid "Parti"\nmsgstr "Gone"\n'
    )
    assert sorted(problems(tree)) == [
        "consent: nothing says any more 'Parti'",
        "consent: other placeholders or markup in 'Yes %(b)s'",
    ]
    update(tree)
    assert stored(home).get("Parti") is None
    assert stored(home).get("Un").string == ("One", "%(num)s things")
    assert "Oui" in path.read_text()


def test_french_is_typed_with_plain_spaces(tree):
    (tree / "consent" / "words.py").write_text('X = N_("Non\u00a0?")\n', encoding="utf-8")
    update(tree)
    (tree / "consent" / "locales" / "en.po").write_text(
        'msgid "Non\u00a0?"\nmsgstr "No?"\n', encoding="utf-8"
    )
    assert "consent: a hard space in 'Non\\xa0?'" in problems(tree)


def test_what_was_pasted_twice_is_found(tree):
    update(tree)
    (tree / "consent" / "locales" / "en.po").write_text('msgid "Non"\nmsgstr "No.No."\n')
    assert "consent: said twice: 'No.No.'" in problems(tree)


def test_another_rooms_translation_is_taken_over(tree):
    update(tree)
    (tree / "consent" / "locales" / "en.po").write_text('msgid "Non"\nmsgstr "No"\n')
    (tree / "idp").mkdir()
    (tree / "idp" / "words.py").write_text('X = N_("Non")\n')
    update(tree)
    assert stored(tree / "idp").get("Non").string == "No"


def test_the_command_says_what_is_left(tree, capsys, monkeypatch):
    monkeypatch.setattr(translations, "__file__", str(tree / "foundation" / "web" / "translations.py"))
    assert main(["--check"]) == 1
    assert "not translated" in capsys.readouterr().out
    assert not (tree / "consent" / "locales").exists()
    assert main([]) == 1
    (tree / "consent" / "words.py").write_text("")
    for name in ("a.html", "b.txt"):
        (tree / "consent" / "pages" / "templates" / name).unlink()
    (tree / "consent" / "locales" / "en.po").unlink()
    assert main([]) == 0
    assert "every text is translated" in capsys.readouterr().out
