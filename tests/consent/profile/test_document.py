import orjson
import pytest

from consent.profile.document import document_schema, import_document, parse_document, read_document
from consent.profile.fields import DATASETS
from consent.profile.problems import MESSAGES, OTHERWISE, Problem, ProfileError, path_of
from consent.profile.store import Owner, load_all


def problems(text):
    with pytest.raises(ProfileError) as caught:
        parse_document(text)
    return {problem.path: problem for problem in caught.value.problems}


def test_an_empty_document_is_an_empty_profile():
    assert parse_document("{}") == {name: [] for name in DATASETS}


def test_each_bad_value_is_named_by_its_path():
    skill = {"kind": "free", "label": "x"}
    found = problems(
        orjson.dumps(
            {
                "identity": {"given_name": "A"},
                "skills": [skill, {**skill, "level": "expert"}, {"kind": "free"}],
                "birthdate": {"date": "0000-01-01"},
                "pets": [],
            }
        )
    )
    assert found.keys() == {
        "identity[0].family_name",
        "skills[1].level",
        "skills[2].label",
        "birthdate[0].date",
        "pets",
    }
    assert found["skills[1].level"].message == MESSAGES["literal_error"]
    assert found["birthdate[0].date"].english == "the year of a date is between 1900 and 2100"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", "(the whole)"),
        ("[]", "(the whole)"),
        ('{"skills": {}}', "skills"),
        ('{"skills": [1, "a"]}', "skills[0]"),
        ('{"contact": [{}]}', "contact[0]"),
        ('{"identity": "Amina"}', "identity[0]"),
        ("[" * 5000, "(the whole)"),
        ('{"a": NaN}', "(the whole)"),
        (" " * 2_000_001, "(the whole)"),
    ],
)
def test_what_is_no_profile_at_all_says_so(text, path):
    assert path in problems(text)


def test_a_code_of_the_wrong_shape_is_told_the_right_one():
    found = problems('{"skills": [{"kind": "rome", "label": "x", "rome_code": "M1607"}]}')
    assert found["skills[0].rome_code"].english == "must match ^(?:[0-9]{5,6})$"


def test_two_items_cannot_share_an_id_nor_be_too_many():
    skill = {"id": "s1", "kind": "free", "label": "x"}
    assert problems(orjson.dumps({"skills": [skill, skill]}))["skills"].kind == "duplicate_id"
    many = [{"kind": "free", "label": f"x{number}"} for number in range(201)]
    assert problems(orjson.dumps({"skills": many}))["skills"].english == "at most 200 items"
    interests = [{"label": str(number)} for number in range(51)]
    assert problems(orjson.dumps({"interests": interests}))["interests"].english == "at most 50 items"


def test_the_message_lists_some_and_counts_the_rest_and_never_says_a_value():
    with pytest.raises(ProfileError) as caught:
        read_document({"skills": [{"kind": "secret-value"}] * 8})
    assert "skills[0].kind" in caught.value.description
    assert "and 6 more" in caught.value.description
    assert "secret-value" not in caught.value.description
    assert caught.value.code == "invalid_profile"


def test_a_strange_name_is_quoted_and_cut():
    assert path_of(["skills", 0, "a\n\u202e" * 40]).isascii()
    assert len(path_of(["skills", 0, "x" * 500])) < 60
    assert Problem("a", "never_heard_of", "x").message == OTHERWISE


def test_the_published_schema_has_every_dataset():
    schema = document_schema()
    assert set(schema["properties"]) == set(DATASETS)
    assert schema["additionalProperties"] is False


async def test_an_imported_document_is_stored_whole(db, clock):
    owner = Owner("p1", b"k" * 32)
    document = parse_document('{"identity": {"given_name": "A", "family_name": "B"}, "skills": []}')
    async with db.transaction() as tx:
        await import_document(tx, owner, document, clock.now())
    async with db.reading() as tx:
        kept = await load_all(tx, owner)
    assert kept["identity"].items[0]["given_name"] == "A"
    assert kept["skills"].items == ()
