"""What may happen to a grant, as hypothesis draws it; positions count items of a dataset, round and round."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.idp.releases.model import FIELDS, Limit
from tests.idp.releases.readers import OPTIONAL

Places = frozenset[int]


@dataclass(frozen=True)
class Asked:
    """What the app asks beyond who she is."""

    scopes: frozenset[str]
    fields: dict[str, frozenset[str]]
    limit: Limit | None


@dataclass(frozen=True)
class Form:
    """What she fills in."""

    ticked: frozenset[str]
    held: Places
    future: frozenset[str]


@dataclass(frozen=True)
class Agree:
    """She answers a whole question."""

    asked: Asked
    form: Form
    duration: str


@dataclass(frozen=True)
class SignInAgain:
    """The app asks what it likes; what is left to answer she accepts or refuses."""

    asked: Asked
    form: Form
    accepts: bool


@dataclass(frozen=True)
class Narrow:
    drop: frozenset[str]
    held: dict[str, Places]
    drop_fields: dict[str, frozenset[str]]
    settle: frozenset[str]
    duration: str | None


@dataclass(frozen=True)
class Items:
    """She shares some items of a scope and holds others back."""

    scope: str
    shared: Places
    held: Places


@dataclass(frozen=True)
class Edit:
    """Her profile changes. what: "add", "remove" or "change"."""

    dataset: str
    what: str
    place: int


@dataclass(frozen=True)
class Wait:
    seconds: int


@dataclass(frozen=True)
class Do:
    """pause, resume, renew, come (another code), revoke."""

    what: str


@dataclass(frozen=True)
class StopSharing:
    scope: str


Move = Any
_SCOPE = st.sampled_from(OPTIONAL)
_SCOPES = st.frozensets(_SCOPE)
_PLACES = st.frozensets(st.integers(0, 5), max_size=3)
_LIMITS = st.none() | st.tuples(st.integers(1, 3), st.sampled_from(["day", "week", "month"]))
_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        scope: st.frozensets(st.sampled_from(sorted(FIELDS[scope])), min_size=1)
        for scope in ("skills", "experiences", "contact")
    },
)
_ASKED = st.builds(Asked, st.frozensets(_SCOPE, min_size=2), _FIELDS, _LIMITS)
_FORM = st.builds(Form, _SCOPES, _PLACES, _SCOPES)
_DURATIONS = st.sampled_from(["once", "7d", "30d", "180d", "365d"])
_HOUR, _DAY = 3_600, 86_400
_WAIT = st.builds(
    Wait,
    st.sampled_from([1, 30, 299, 599, _HOUR, _DAY - 1, _DAY, 6 * _DAY, 7 * _DAY, 30 * _DAY, 40 * _DAY]),
)
AGREE = st.builds(Agree, _ASKED, _FORM, _DURATIONS)
_MOVE = st.one_of(
    AGREE,
    st.builds(SignInAgain, _ASKED, _FORM, st.booleans()),
    st.builds(
        Narrow,
        st.frozensets(_SCOPE, max_size=2),
        st.dictionaries(_SCOPE, _PLACES, max_size=2),
        st.dictionaries(
            st.just("skills"), st.frozensets(st.sampled_from(sorted(FIELDS["skills"]))), max_size=1
        ),
        _SCOPES,
        st.none() | st.sampled_from(["1d", "7d", "60d"]),
    ),
    st.builds(Items, _SCOPE, _PLACES, _PLACES),
    st.builds(
        Edit,
        st.sampled_from(["skills", "experiences"]),
        st.sampled_from(["add", "remove", "change"]),
        st.integers(0, 5),
    ),
    _WAIT,
    _WAIT,
    st.sampled_from(["pause", "resume", "renew", "come", "pause", "resume", "renew"]).map(Do),
    st.builds(StopSharing, _SCOPE),
    st.just(Do("revoke")),
)
_AGAIN = st.builds(SignInAgain, _ASKED, _FORM, st.just(True))  # she accepts
_NO = st.builds(SignInAgain, _ASKED, _FORM, st.just(False))  # she refuses
_FORGET_LATER = st.just(Narrow(frozenset(), {}, {}, frozenset(OPTIONAL), None))
_ADD = st.builds(Edit, st.sampled_from(["skills", "experiences"]), st.just("add"), st.just(0))
_PAUSE, _COME = st.just(Do("pause")), st.just(Do("come"))
# Moves that matter most one after the other: what a pause, a refusal or a narrowing leaves behind.
_EPISODES = st.one_of(
    st.tuples(_MOVE),
    st.tuples(_MOVE, _MOVE),
    st.tuples(_PAUSE, _AGAIN, _COME),
    st.tuples(_PAUSE, _NO, _COME),
    st.tuples(_NO, _AGAIN, _COME),
    st.tuples(_FORGET_LATER, _ADD),
    st.tuples(_ADD, _FORGET_LATER, _ADD),
)
LOOKS = st.lists(_SCOPE, min_size=1, max_size=4)
LIVES = st.tuples(AGREE, st.lists(st.tuples(_EPISODES, LOOKS), max_size=6))
