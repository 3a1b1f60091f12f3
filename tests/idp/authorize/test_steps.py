"""What comes next: a pure function, tried on everything it can be asked."""

import itertools

from idp.authorize.request import AuthorizeRequest
from idp.authorize.steps import Ask, Issue, Login, Refuse, Situation, next_step

RECEIVED = 1_000_000_000
LONG_AGO, JUST_BEFORE, SINCE = RECEIVED - 3_600_000_000, RECEIVED - 1, RECEIVED

PROMPTS = ("", "none", "login", "consent", "select_account", "login consent", "consent select_account")
MAX_AGES = (None, "0", "60", "7200")
AUTH_TIMES = (None, LONG_AGO, JUST_BEFORE, SINCE, SINCE + 5)
EVERYTHING = tuple(itertools.product(PROMPTS, MAX_AGES, AUTH_TIMES, (False, True), (False, True)))


def step(prompt: str, max_age: str | None, auth_time: int | None, hinted: bool, covered: bool) -> object:
    request = AuthorizeRequest(prompt=prompt, max_age=max_age)
    return next_step(request, Situation(RECEIVED, auth_time, hinted, covered))


def test_prompt_none_never_shows_a_page() -> None:
    for case in EVERYTHING:
        if case[0] == "none":
            assert isinstance(step(*case), Issue | Refuse), case


def test_only_prompt_none_and_a_wrong_person_are_refused() -> None:
    for case in EVERYTHING:
        prompt, _, auth_time, hinted, _ = case
        found = step(*case)
        if isinstance(found, Refuse):
            fresh_stranger = not hinted and auth_time is not None and auth_time >= RECEIVED
            assert prompt == "none" or fresh_stranger, case
            assert found.refusal.error in {"login_required", "consent_required"}


def test_nobody_is_asked_to_sign_in_twice_for_one_request() -> None:
    """Who signed in since the request came is never sent to sign in again: no loop, whatever was asked."""
    for case in EVERYTHING:
        auth_time = case[2]
        if auth_time is not None and auth_time >= RECEIVED:
            assert not isinstance(step(*case), Login), case


def test_a_code_is_given_to_somebody_signed_in_as_needed_whose_grant_covers_it() -> None:
    for case in EVERYTHING:
        prompt, max_age, auth_time, hinted, covered = case
        if not isinstance(step(*case), Issue):
            continue
        assert covered, case
        assert hinted, case
        assert auth_time is not None, case
        if {"login", "select_account"} & set(prompt.split()):
            assert auth_time >= RECEIVED, case
        elif max_age is not None:
            assert auth_time >= RECEIVED - int(max_age) * 1_000_000, case


def test_nothing_is_asked_of_somebody_whom_the_request_does_not_mean() -> None:
    for case in EVERYTHING:
        if isinstance(step(*case), Ask):
            _, _, auth_time, hinted, covered = case
            assert (hinted, covered) == (True, False), case
            assert auth_time is not None


def test_the_plain_cases() -> None:
    assert isinstance(step("", None, None, True, False), Login)
    assert isinstance(step("", None, LONG_AGO, True, False), Ask)
    assert isinstance(step("", None, LONG_AGO, True, True), Issue)
    assert isinstance(step("login", None, JUST_BEFORE, True, True), Login)
    assert isinstance(step("login", None, SINCE, True, True), Issue)
    assert isinstance(step("", "60", LONG_AGO, True, True), Login)
    assert isinstance(step("", "7200", LONG_AGO, True, True), Issue)
    assert isinstance(step("", "0", JUST_BEFORE, True, True), Login)
    assert isinstance(step("", None, LONG_AGO, False, True), Login)
    refused = step("none", None, None, True, True)
    assert isinstance(refused, Refuse)
    assert refused.refusal.error == "login_required"
    refused = step("none", None, LONG_AGO, True, False)
    assert isinstance(refused, Refuse)
    assert refused.refusal.error == "consent_required"
