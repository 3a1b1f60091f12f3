from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from consent.catalogue import CATALOGUE
from consent.choices import Choice, Shared, read_choice, share
from consent.profile.release import email_claims, identity_claims, release
from tests.consent.sharing import AMINA

SCOPES = [name for name, scope in CATALOGUE.items() if scope.dataset is not None]
IDS = st.sampled_from([f"i{number}" for number in range(8)])
ITEMS = st.lists(IDS, unique=True, max_size=8).map(
    lambda ids: [{"id": one, "label": f"label of {one}", "secret_note": "never"} for one in ids]
)
SHARED = st.builds(Shared, st.frozensets(IDS), st.frozensets(IDS), st.booleans())
CHOICES = st.builds(
    Choice,
    st.dictionaries(st.sampled_from(SCOPES), SHARED).map(MappingProxyType),
    st.frozensets(st.sampled_from(SCOPES)),
    st.sampled_from(["once", "30d", "180d"]),
    st.booleans(),
)


def as_list(data):
    return data if isinstance(data, list) else [] if data is None else [data]


@given(st.sampled_from(SCOPES), ITEMS, CHOICES)
def test_what_goes_out_is_exactly_what_was_chosen(scope, items, choice):
    released = release(scope, items, choice)
    shared = choice.scopes.get(scope)
    expected = [
        item["id"]
        for item in items
        if shared is not None
        and item["id"] not in shared.hidden
        and (item["id"] in shared.items or shared.future)
    ]
    assert list(released.items) == expected
    names = {field.name for field in CATALOGUE[scope].fields(shared.edition if shared else 1)}
    for out in as_list(released.data):
        assert out.keys() == names
        assert "id" not in out
        assert "never" not in out.values()
    if not CATALOGUE[scope].dataset.single:
        assert len(released.data) == len(expected)


@given(st.sampled_from(SCOPES), ITEMS, CHOICES)
def test_a_choice_kept_as_json_lets_out_the_same(scope, items, choice):
    again = read_choice(choice.to_json())
    assert again == choice
    assert again.to_json() == choice.to_json()
    assert release(scope, items, again) == release(scope, items, choice)


@given(ITEMS, SHARED, IDS)
def test_an_item_added_later_stays_back_unless_the_person_said_so(items, shared, later):
    before = [item for item in items if item["id"] != later]
    after = [*before, {"id": later, "label": "new"}]
    if later in shared.items:
        return
    choice = Choice({"skills": shared}, frozenset(), "30d", offline=False)
    more = release("skills", after, choice).items
    assert (later in more) == (shared.future and later not in shared.hidden)
    assert [one for one in more if one != later] == list(release("skills", before, choice).items)


@given(ITEMS, CHOICES, IDS)
def test_holding_one_back_takes_out_that_one_alone(items, choice, hidden):
    shared = choice.scopes.get("skills")
    if shared is None:
        return
    narrower = Shared(shared.items, shared.hidden | {hidden}, shared.future)
    before = release("skills", items, choice)
    after = release("skills", items, Choice({"skills": narrower}, frozenset(), "once", offline=False))
    assert list(after.items) == [one for one in before.items if one != hidden]


def test_what_was_not_granted_releases_nothing():
    nothing = Choice({}, frozenset(), "30d", offline=True)
    for scope in SCOPES:
        dataset = CATALOGUE[scope].dataset
        released = release(scope, AMINA[dataset.name], nothing)
        assert released == (None if dataset.single else [], (), ())
    assert release("email", (), nothing) == (None, (), ())
    assert identity_claims(AMINA["identity"], nothing) == {}
    assert email_claims("a@b.example", nothing, verified=True) == {}


def test_a_consent_to_an_older_edition_lets_out_no_newer_field():
    shared = Shared(frozenset({"l1"}), edition=0)
    released = release(
        "languages", AMINA["languages"], Choice({"languages": shared}, frozenset(), "30d", True)
    )
    assert released.data == [{}]
    assert released.fields == ()


def test_a_dataset_of_one_is_one_object():
    choice = Choice({"birthdate": share("birthdate", AMINA)}, frozenset(), "30d", offline=False)
    assert release("birthdate", AMINA["birthdate"], choice).data == {"date": "1991-04-23"}
    assert release("birthdate", (), choice).data is None


def test_identity_goes_out_as_openid_claims():
    choice = Choice({"profile": share("profile", AMINA)}, frozenset(), "once", offline=False)
    assert identity_claims(AMINA["identity"], choice) == {
        "name": "Amina Benali",
        "given_name": "Amina",
        "family_name": "Benali",
        "gender": "female",
    }
    nameless = [{"id": AMINA["identity"][0]["id"], "given_name": "Lou", "family_name": "N.", "gender": None}]
    assert "gender" not in identity_claims(nameless, choice)
    assert identity_claims((), choice) == {}


def test_an_address_leaves_once_it_is_confirmed():
    choice = Choice({"email": Shared()}, frozenset(), "once", offline=False)
    assert email_claims("a@b.example", choice, verified=False) == {}
    assert email_claims("a@b.example", choice, verified=True) == {
        "email": "a@b.example",
        "email_verified": True,
    }
