import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.catalogue import CATALOGUE
from consent.choices import Choice, Shared, both, fields_of, item_ids, read_choice, share
from consent.limits import Frequency
from tests.consent.sharing import AMINA


def choice(**words):
    scopes = {"openid": Shared(), "skills": share("skills", AMINA, hidden=["s03"])}
    return Choice(**{"scopes": scopes, "declined": frozenset({"trainings"}), "duration": "30d"} | words)


def test_a_choice_is_one_text():
    one = choice(offline=True)
    assert read_choice(one.to_json()) == one
    assert read_choice(one.to_json()) is read_choice(one.to_json())
    assert orjson.loads(one.to_json())["scopes"]["skills"]["hidden"] == ["s03"]


def test_a_choice_of_another_version_is_not_guessed():
    with pytest.raises(ValueError, match="version 3"):
        read_choice(choice(offline=True).to_json().replace('"v":1', '"v":3'))


def test_a_choice_from_before_there_were_limits_is_read_and_written_as_it_was():
    text = (
        '{"declined":["trainings"],"duration":"30d","offline":true,"scopes":{"skills":'
        '{"edition":1,"future":false,"hidden":["s03"],"items":["s01"]}},"v":1}'
    )
    old = read_choice(text)
    assert old.frequency is None
    assert old.scopes["skills"].fields is None
    assert old.to_json() == text


@pytest.mark.parametrize(
    "limits",
    [
        {"frequency": Frequency(5, "day")},
        {"scopes": {"skills": Shared(fields=frozenset({"label"}))}},
        {"scopes": {"skills": Shared(fields=frozenset())}, "frequency": Frequency(1, "month")},
    ],
)
def test_limits_are_written_in_a_version_that_an_older_server_refuses(limits):
    one = choice(offline=False, **limits)
    assert read_choice(one.to_json()) == one
    assert orjson.loads(one.to_json())["v"] == 2


def test_fields_that_leave_keep_the_order_of_the_dataset():
    assert [field.name for field in fields_of("skills", 1, frozenset({"kind", "label", "nope"}))] == [
        "label",
        "kind",
    ]
    assert len(fields_of("skills", 1)) == 4
    assert fields_of("openid", 1) == ()


def test_what_a_token_may_carry():
    assert choice(offline=True).allows(["skills", "trainings", "openid", "offline_access"]) == (
        "skills",
        "openid",
        "offline_access",
    )
    assert choice(offline=False).allows(["offline_access", "nope"]) == ()


def test_taking_a_scope_out_declines_it():
    left = choice(offline=True).without("skills")
    assert set(left.scopes) == {"openid"}
    assert left.declined == {"trainings", "skills"}
    assert left.duration == "30d"


def test_ticking_shares_what_is_there_but_the_hidden():
    assert item_ids("languages", AMINA) == {"l1", "l2", "l3"}
    assert item_ids("openid", AMINA) == frozenset()
    shared = share("languages", AMINA, hidden=["l2", "unknown"], future=True)
    assert shared == Shared(frozenset({"l1", "l3"}), frozenset({"l2"}), future=True)
    assert share("languages", {}) == Shared()


def test_summaries_for_the_ledger():
    one = choice(offline=False)
    assert one.hidden == ("skills:s03",)
    assert one.future == ()
    assert Choice({"skills": Shared(future=True)}, frozenset(), "once", offline=False).future == ("skills",)


def test_durations():
    assert choice(offline=True).fetch_type == "periodic"
    assert choice(duration="once", offline=False).fetch_type == "once"


# --- two choices at once ---------------------------------------------------------------------------------

_IDS = st.frozensets(st.sampled_from("abcdef"))
_FIELDS = st.one_of(st.none(), st.frozensets(st.sampled_from(["label", "level", "nothing"]), min_size=1))
_SHARED = st.builds(Shared, items=_IDS, hidden=_IDS, future=st.booleans(), edition=st.just(1), fields=_FIELDS)
_CHOICES = st.builds(
    Choice,
    scopes=st.dictionaries(st.sampled_from(["openid", "email", "skills", "trainings"]), _SHARED),
    declined=st.just(frozenset()),
    duration=st.sampled_from(["once", "30d"]),
    offline=st.booleans(),
)
_ITEMS = [{"id": one} for one in "abcdef"]


@given(_CHOICES, _CHOICES)
def test_what_two_choices_let_out_alike(first: Choice, second: Choice):
    """Item by item and field by field: what leaves by both is what leaves by each."""
    joint = read_choice(both(first, second).to_json())
    for name in ("openid", "email", "skills", "trainings"):
        here, there, alike = (one.scopes.get(name) for one in (first, second, joint))
        if here is None or there is None:
            assert alike is None
            continue
        if name in {"openid", "email"}:
            assert alike is not None  # claims about the account: no fields
            continue
        named = [{field.name for field in fields_of(name, 1, one.fields)} for one in (here, there)]
        if alike is None:
            assert not named[0] & named[1]
            continue
        out = {field.name for field in fields_of(name, alike.edition, alike.fields)}
        assert out == named[0] & named[1]
        left = [item["id"] for item in alike.lets_out(_ITEMS)]
        assert left == [
            item["id"] for item in _ITEMS if item in here.lets_out(_ITEMS) and item in there.lets_out(_ITEMS)
        ]
        assert alike.future is (here.future and there.future)
    assert joint.offline is (first.offline and second.offline)
    assert (joint.duration, joint.frequency) == (first.duration, first.frequency)


def test_of_two_editions_the_older_one_holds():
    newest = CATALOGUE["skills"].edition
    old, new = (
        Choice({"skills": Shared(edition=one)}, frozenset(), "30d", offline=False) for one in (1, newest)
    )
    for pair in ((old, new), (new, old)):
        shared = both(*pair).scopes["skills"]
        assert {one.name for one in fields_of("skills", shared.edition, shared.fields)} == {
            one.name for one in fields_of("skills", 1)
        }
