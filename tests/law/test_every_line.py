"""Every line of the table of the law has tests that bear its name, and no test is of no line."""

import re

import pytest

from tests.law import test_duties, test_rights

LINES = (
    ("gdpr_7_1", "a consent can be demonstrated"),
    ("gdpr_7_3", "it is as easy to withdraw as to give"),
    ("gdpr_7_4_and_recital_43", "nothing ticked, nothing hangs on what is optional"),
    ("gdpr_5_1_b_and_c", "bound to the purpose, no more than needed"),
    ("gdpr_12_to_14", "what a person is told"),
    ("gdpr_15", "access"),
    ("gdpr_17", "erasure, those who were told of it (19), proof that stays (17(3)(e))"),
    ("recital_43", "the ground of each controller"),
    ("gdpr_20", "portability"),
    ("gdpr_30", "the register of processing"),
    ("gdpr_33_34", "who is affected by a breach"),
    ("minors", "under 15 (article 8, Loi Informatique et Libertés article 45)"),
    ("cnil_logs", "logs: apart from the proof of consent, their readers logged"),
    ("edpb_03_2022", "pages that steer nobody"),
)


def named() -> list[str]:
    return [
        name.removeprefix("test_")
        for module in (test_rights, test_duties)
        for name in vars(module)
        if name.startswith("test_")
    ]


@pytest.mark.parametrize(("line", "rule"), LINES, ids=[line for line, _ in LINES])
def test_each_line_has_its_test(line: str, rule: str) -> None:
    assert [name for name in named() if re.match(rf"{line}(_|$)", name)], rule


def test_each_test_is_of_a_line() -> None:
    lines = tuple(f"{line}_" for line, _ in LINES)
    assert [name for name in named() if not name.startswith(lines)] == []
    assert len(named()) >= len(LINES) == 14
