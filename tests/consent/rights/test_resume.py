"""JSON Resume both ways: what goes out comes back, hostile files are refused, nothing is guessed."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.profile.personas import load_persona
from consent.rights.csv_files import cell
from consent.rights.resume import to_resume
from consent.rights.resume_import import LONGEST, read_resume
from foundation.errors import AccordError

SCHEMA = json.loads((Path(__file__).parent / "data" / "jsonresume-1.3.1.schema.json").read_text("utf-8"))
NOW = 1_800_000_000_000_000


def shelf(name: str) -> dict[str, list[dict[str, Any]]]:
    return {
        dataset: [{"id": item.id} | item.model_dump(mode="json", exclude={"id"}) for item in items]
        for dataset, items in load_persona(name).items()
    }


def read(document: object) -> Any:
    return read_resume(json.dumps(document).encode())


@pytest.mark.parametrize("name", ["amina", "bruno", "chloe"])
def test_every_persona_makes_a_valid_resume(name: str) -> None:
    resume = to_resume(shelf(name), f"{name}@example.org", NOW)
    checker = jsonschema.FormatChecker()
    assert list(jsonschema.Draft7Validator(SCHEMA, format_checker=checker).iter_errors(resume)) == []


def test_what_goes_out_comes_back() -> None:
    hers = shelf("amina")
    offered = read(to_resume(hers, "amina@example.org", NOW))
    assert offered.problems == ()
    back: dict[str, list[dict[str, Any]]] = {}
    for draft in offered.drafts:
        back.setdefault(draft.dataset, []).append(draft.item.model_dump(mode="json", exclude={"id"}))
    for dataset in ("experiences", "trainings", "languages", "interests", "licences", "contact", "identity"):
        wanted = [{name: value for name, value in item.items() if name != "id"} for item in hers[dataset]]
        if dataset == "identity":
            wanted = [item | {"gender": None} for item in wanted]
        assert back[dataset] == wanted, dataset
    assert [item["label"] for item in back["skills"]] == [item["label"] for item in hers["skills"]]
    assert [draft.rome for draft in offered.drafts if draft.dataset == "skills"] == [
        item["rome_code"] or "" for item in hers["skills"]
    ]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not_a_resume"),
        (b"\x00", "not_a_resume"),
        (b"PK\x03\x04" + b"0" * 100, "not_a_resume"),
        (b"<html><script>alert(1)</script></html>", "not_a_resume"),
        ('{"basics": {"name": "é"}}'.encode("utf-16"), "not_a_resume"),
        ('{"basics": {"name": "é"}}'.encode("latin-1"), "not_a_resume"),
        (b'{"basics": "\\ud800"}', "not_a_resume"),
        (b'{"basics": {"x": NaN}}', "not_a_resume"),
        (b"[]", "not_a_resume"),
        (b'"basics"', "not_a_resume"),
        (b"{}", "not_a_resume"),
        (b'{"nothing": "here"}', "not_a_resume"),
        (b'{"work":' + b"[" * 100_000, "not_a_resume"),
        (b'{"work":' + b"[" * 5_000 + b"]" * 5_000 + b"}", "not_a_resume"),
        (b" " * (LONGEST + 1), "file_too_big"),
        (json.dumps({"interests": [{"name": f"n{n}"} for n in range(301)]}).encode(), "too_many_items"),
        (
            json.dumps({"skills": [{"name": "a", "keywords": [f"k{n}" for n in range(400)]}]}).encode(),
            "too_many_items",
        ),
    ],
)
def test_what_is_no_resume_is_refused_whole(raw: bytes, code: str) -> None:
    with pytest.raises(AccordError) as refused:
        read_resume(raw)
    assert (refused.value.code, refused.value.status) == (code, 422)


def test_a_byte_order_mark_is_no_trouble() -> None:
    assert len(read_resume(b'\xef\xbb\xbf{"interests": [{"name": "Chant"}]}').drafts) == 1


@pytest.mark.parametrize(
    ("document", "path", "kind"),
    [
        ({"work": [{"position": "A", "startDate": "juin 2019"}]}, "work[0].startDate", "date_form"),
        ({"work": [{"position": "A", "startDate": "2019-13"}]}, "work[0].start", "date_day"),
        ({"work": [{"position": "A", "startDate": "1066"}]}, "work[0].start", "date_year"),
        ({"work": [{"position": "A", "startDate": 2019}]}, "work[0].startDate", "string_type"),
        ({"work": [{"position": "A", "startDate": "2020", "endDate": "2019"}]},
         "work[0]", "end_before_start"),
        ({"work": [{"name": "Une entreprise"}]}, "work[0].position", "missing"),
        ({"work": [{"position": "x" * 201}]}, "work[0].title", "string_too_long"),
        ({"work": [{"position": "a\u202eb"}]}, "work[0].title", "text_direction"),
        ({"work": [{"position": "a\u0000b"}]}, "work[0].title", "control_character"),
        ({"work": ["a job"]}, "work[0]", "not_object"),
        ({"work": {"position": "A"}}, "work", "list_type"),
        ({"basics": []}, "basics", "not_object"),
        ({"basics": {"location": "Lille"}}, "basics.location", "not_object"),
        ({"basics": {"email": "nobody"}}, "basics.email", "string_pattern_mismatch"),
        ({"languages": [{"language": "Klingon"}]}, "languages[0].language", "unknown_language"),
        ({"skills": [{"name": "a", "keywords": "b"}]}, "skills[0].keywords", "list_type"),
        ({"awards": [{"title": "Prix"}], "basics": {}}, "awards", "no_place"),
        ({"certificates": [{"name": "B", "accord": {"code": "b!"}}]}, "certificates[0].code",
         "string_pattern_mismatch"),
        ({"education": [{"studyType": "BTS", "accord": {"level": "NV9"}}]},
         "education[0].level", "literal_error"),
        ({"work": [{"position": "A", "accord": {"rome_code": {"$ne": 1}}}]},
         "work[0].rome_code", "string_type"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_said_with_its_place(document: object, path: str, kind: str) -> None:
    offered = read(document)
    assert [(problem.path, problem.kind) for problem in offered.problems] == [(path, kind)]


def test_one_bad_entry_does_not_cost_the_others() -> None:
    offered = read({"work": [{"position": "A"}, {"name": "B"}, {"position": "C"}]})
    assert [draft.item.model_dump()["title"] for draft in offered.drafts] == ["A", "C"]
    assert len(offered.problems) == 1


def test_nothing_is_guessed() -> None:
    offered = read(
        {
            "basics": {"name": "Amina Benali"},
            "skills": [{"name": "Accueil du public", "level": "Ninja", "keywords": ["Standard"]}],
            "languages": [{"language": "anglais", "fluency": "B2"}, {"language": "English"}],
        }
    )
    found = [
        (draft.dataset, draft.item.model_dump(exclude_none=True, exclude={"id"})) for draft in offered.drafts
    ]
    assert found == [
        ("skills", {"kind": "free", "label": "Accueil du public", "level": "unrated"}),
        ("skills", {"kind": "free", "label": "Standard", "level": "unrated"}),
        ("languages", {"code": "en", "label": "anglais", "level": "unrated"}),
        ("languages", {"code": "en", "label": "English", "level": "unrated"}),
    ]


def test_markup_is_a_text_like_any_other() -> None:
    (draft,) = read({"interests": [{"name": "<img src=x onerror=alert(1)>"}]}).drafts
    assert draft.item.model_dump()["label"] == "<img src=x onerror=alert(1)>"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["name", "position", "startDate", "accord", "keywords", "language", "location",
                         "code",
                         "rome_code", "level", "studyType", "endDate", "summary", "highlights"]),
        inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(["basics", "work", "education", "skills", "languages", "interests", "certificates",
                         "volunteer", "awards", "meta"]),
        anything | st.lists(anything, max_size=4),
    )
)  # fmt: skip
@settings(max_examples=300)
def test_whatever_a_file_says_it_is_read_or_refused(document: dict[str, Any]) -> None:
    try:
        offered = read_resume(json.dumps(document, ensure_ascii=False).encode(errors="surrogatepass"))
    except AccordError as refused:
        assert refused.code in {"not_a_resume", "too_many_items"}  # noqa: PT017  # either is right
        return
    assert len({*offered.problems}) <= len(offered.problems)


@given(st.text(max_size=60))
def test_no_cell_is_a_formula(text: str) -> None:
    said = cell(text)
    assert said in {text, f"'{text}"}
    assert not said.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
