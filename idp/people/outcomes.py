"""What a flow answers when it does not do what was asked: values, for the page to put into words."""

from typing import NamedTuple


class Throttled(NamedTuple):
    """Too many attempts; `seconds` until the next may be made."""

    seconds: int


class Changed(NamedTuple):
    """A new password. sessions_ended: her others. mark: by what this browser is now known (devices.py)."""

    sessions_ended: int
    mark: str


class Wrong(NamedTuple):
    """The password is not the account's, or there is no such account that may sign in: which is not said."""


class DeadLink(NamedTuple):
    """The link was used, is too old, or was never ours."""
