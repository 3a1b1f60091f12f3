"""Matching, parsing, words, settings, the shelf: functions of their arguments."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.coach import __main__ as program
from examples.coach.jobs import Expected, Job, Way, all_jobs
from examples.coach.matching import closest, compare, normalised
from examples.coach.portfolio import Skill, clean, experiences_of, skills_of, trainings_of
from examples.coach.sessions import Shelf
from examples.coach.settings import from_env
from examples.coach.web import Front
from examples.kit.settings import SettingsProblemError, origin_of
from examples.kit.words import Translator, preferred, words

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)

HERE = Front.folder


def _expected(code, label, *, level=2, essential=False, weeks=4):
    return Expected(code, {"fr": label, "en": f"en {label}"}, level, essential, Way.COURSE, weeks)


JOB = Job(
    "A0000",
    {"fr": "m", "en": "j"},
    {"fr": "", "en": ""},
    (
        _expected("1", "Coudre"),
        _expected("2", "Gérer l’agenda", essential=True),
        _expected("3", "Scier", weeks=1),
    ),
)


def test_by_code_first_whatever_the_label():
    assert compare([Skill("Autre chose", "1", 3)], JOB).reached[0].expected.code == "1"


def test_then_by_label_without_accents_case_or_punctuation_in_either_language():
    found = compare([Skill("GERER L'AGENDA !", None, 2), Skill("en scier", "999", 2)], JOB)
    assert [match.expected.code for match in found.reached] == ["2", "3"]
    assert found.others == ()


def test_levels():
    found = compare([Skill("x", "1", 1), Skill("y", "2", 0), Skill("z", "3", 3)], JOB)
    assert [match.expected.code for match in found.to_raise] == ["1"]
    assert [match.expected.code for match in found.reached] == ["2", "3"]
    assert found.missing == ()


def test_the_best_of_two_levels_counts():
    assert len(compare([Skill("x", "1", 1), Skill("x", "1", 3)], JOB).reached) == 1


def test_the_plan_puts_the_essential_first_then_the_new_then_the_short():
    plan = compare([Skill("x", "1", 1)], JOB).plan
    assert [(step.expected.code, step.new, step.weeks) for step in plan] == [
        ("2", True, 4),
        ("3", True, 1),
        ("1", False, 2),
    ]


def test_closest_first():
    other = Job("B0000", JOB.label, JOB.summary, (_expected("9", "Rien"),))
    assert [one.job.code for one in closest([Skill("x", "1", 3)], [other, JOB])] == ["A0000", "B0000"]


@given(
    st.lists(
        st.builds(Skill, st.text(), st.none() | st.sampled_from(["1", "2", "3", "9"]), st.integers(0, 3))
    )
)
def test_every_expected_skill_is_in_exactly_one_place(skills):
    found = compare(skills, JOB)
    places = [match.expected.code for match in (*found.reached, *found.to_raise, *found.missing)]
    assert sorted(places) == ["1", "2", "3"]
    assert len(found.plan) == len(found.missing) + len(found.to_raise)


@given(st.text())
def test_normalising_twice_changes_nothing_more(label):
    assert normalised(normalised(label)) == normalised(label)


@given(
    st.lists(
        JSON
        | st.dictionaries(
            st.sampled_from(["label", "title", "level", "rome_code", "start", "end", "end_year", "company"]),
            JSON,
        )
    )
)
def test_whatever_items_hold_they_are_parsed_or_left_out(items):
    for read in (skills_of, experiences_of, trainings_of):
        for item in read(items):
            assert item.label
            assert not re.search(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", item.label)
            assert len(item.label) <= 160


def test_items_are_bounded_and_cleaned():
    assert len(skills_of([{"label": "a"}] * 5000)) == 200
    assert clean("a\u202eb\x00c \n\t d" + "e" * 5000, 20) == "abc d" + "e" * 14 + "…"
    assert clean(5, 10) == ""


@pytest.mark.parametrize(
    ("item", "when"),
    [
        ({"start": "2019-03-01", "end": "2023"}, "2019 – 2023"),
        ({"start": "2019", "end": "2019-12"}, "2019"),
        ({"start": "2019"}, "2019"),
        ({"start": "2019", "current": True}, ""),
        ({"start": "2019", "end": "2020", "current": True}, "2019 – 2020"),
        ({"end_year": 2013}, "2013"),
        ({"start": "soon", "end": None}, ""),
        ({"start": True, "end": "0000x"}, "0000"),
    ],
)
def test_periods(item, when):
    assert experiences_of([{"title": "t", **item}])[0].when == when


def test_levels_are_read_by_name_and_nothing_else():
    given_levels = ["advanced", "beginner", "expert", 3, None, []]
    assert [
        skill.level for skill in skills_of([{"label": "x", "level": level} for level in given_levels])
    ] == [3, 1, 0, 0, 0, 0]


def test_the_jobs_file_is_whole():
    assert len(all_jobs()) == 10
    for code, job in all_jobs().items():
        assert re.fullmatch(r"[A-N]\d{4}", code)
        assert any(skill.essential for skill in job.skills)
        assert len({skill.code for skill in job.skills}) == len(job.skills)
        for skill in job.skills:
            assert re.fullmatch(r"\d{6}", skill.code)
            assert skill.level in {1, 2, 3}
            assert skill.weeks >= 1
            assert set(skill.label) == set(job.label) == set(job.summary) == {"fr", "en"}


@pytest.mark.parametrize("app", ["coach", "kiosk", "adviser"])
def test_both_languages_have_the_same_keys_and_holes(app):
    french, english = words(HERE.parent / app, "fr"), words(HERE.parent / app, "en")
    assert list(french) == list(english)
    for key, text in french.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", english[key])), key


@pytest.mark.parametrize("app", ["coach", "kiosk", "adviser"])
def test_french_typography(app):
    for key, text in words(HERE.parent / app, "fr").items():
        assert "'" not in text, key
        assert not re.search(r" [:;?!»]|« ", text), key


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "fr"),
        ("en", "en"),
        ("en-GB,en;q=0.9,fr;q=0.8", "en"),
        ("de, fr;q=0.5, en;q=0.7", "en"),
        ("de", "fr"),
        ("en;q=0", "fr"),
        ("en;q=high", "fr"),
        ("en;q=nan", "fr"),
        (";;;,,q=", "fr"),
        ("fr;q=1.0,en;q=9", "fr"),
    ],
)
def test_preferred_language(header, language):
    assert preferred(header) == language


def test_counting():
    assert Translator(HERE, "fr").count("job.weeks", 1, weeks=1) == "environ 1 semaine"
    assert Translator(HERE, "fr").count("jobs.reached", 0, reached=0, total=7) == "0 compétence sur 7"
    assert Translator(HERE, "en").count("jobs.reached", 0, reached=0, total=7) == "0 skills out of 7"
    assert Translator(HERE, "en").count("job.weeks", 1, weeks=1) == "about 1 week"


def test_settings_follow_the_environment():
    assert from_env({}).redirect_uri == "http://127.0.0.1:8001/callback"
    assert from_env({"ACCORD_APP_PORT": "9001"}).redirect_uri == "http://127.0.0.1:9001/callback"
    given_ = {
        "COACH_ISSUER": "https://accord.example/",
        "COACH_CLIENT_ID": "x",
        "COACH_CLIENT_SECRET": "hidden",
        "COACH_PORT": "9002",
        "COACH_URL": "https://coach.example",
        "COACH_HOST": "::1",
    }
    settings = from_env(given_)
    assert (settings.issuer, settings.port, settings.host) == ("https://accord.example", 9002, "::1")
    assert settings.consents_url == "https://accord.example/account/apps"
    assert "hidden" not in repr(settings)
    assert settings.secure


@pytest.mark.parametrize(
    "environ",
    [
        {"COACH_PORT": "0"},
        {"COACH_PORT": "http"},
        {"COACH_PORT": "٣"},
        {"COACH_ISSUER": "http://accord.example"},
        {"COACH_ISSUER": "accord"},
        {"COACH_ISSUER": "https://u:p@accord.example"},
        {"COACH_ISSUER": "https://accord.example/?a"},
        {"COACH_ISSUER": "https://[::1"},
        {"COACH_URL": "http://127.0.0.1:99999"},
        {"COACH_URL": "ftp://127.0.0.1"},
    ],
)
def test_wrong_settings_are_named(environ):
    with pytest.raises(SettingsProblemError, match=next(iter(environ))):
        from_env(environ)


def test_the_program_says_what_is_wrong_and_stops(monkeypatch, caplog):
    monkeypatch.setenv("COACH_PORT", "0")
    assert program.main() == 2
    assert "COACH_PORT" in caplog.text


def test_the_program_starts(monkeypatch):
    started = {}
    monkeypatch.setattr("uvicorn.run", lambda app, **options: started.update(options))
    monkeypatch.setenv("COACH_PORT", "8055")
    assert program.main() == 0
    assert started["port"] == 8055
    assert started["access_log"] is False


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://a.example:443/x", "https://a.example"),
        ("http://a.example:8000/x?y", "http://a.example:8000"),
        ("http://[::1]:80/", "http://[::1]"),
        ("https://u@a.example/", "https://a.example"),
    ],
)
def test_origins(url, origin):
    assert origin_of(url) == origin


def test_the_shelf_is_bounded_and_forgets():
    now = [0.0]
    shelf = Shelf(most=2, longest=100, idle=10, clock=lambda: now[0])
    for name in ("a", "b", "c"):
        shelf.put(name, name)
    assert shelf.get("a") is None
    now[0] = 9
    assert shelf.get("b") == "b"
    now[0] = 15
    assert shelf.get("c") is None
    assert shelf.take("b") == "b"
    assert shelf.take("b") is None
    shelf.put("d", "d")
    for moment in range(20, 130, 5):
        now[0] = moment
        held = shelf.get("d")
    assert held is None
    assert len(shelf) == 0


def test_the_most_used_stays_when_room_is_short():
    shelf = Shelf(most=2, longest=100, idle=100, clock=lambda: 0.0)
    shelf.put("a", 1)
    shelf.put("b", 2)
    shelf.get("a")
    shelf.put("c", 3)
    assert (shelf.get("a"), shelf.get("b"), shelf.get("c")) == (1, None, 3)
