"""Policy files (C2SP tlog-policy): whose checkpoints count, and which witnesses must have seen them.

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <member>…
    quorum <name>|none

Whoever checks keeps a file of their own: keys that came with what is checked prove nothing.
"""

import re
from collections.abc import Callable, Collection
from typing import NamedTuple

from consent.ledger.notes.checkpoint import Checkpoint, parse_checkpoint
from consent.ledger.notes.cosignature import Cosigner
from consent.ledger.notes.note import NoteError, Verifier, open_note

_MOST_BYTES = 1_000_000
_ALLOWED = re.compile(rb"[\t\n\x20-\x7e\x80-\xff]*")
_BLANKS = re.compile(r"[ \t]+")
_COUNT = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)


class PolicyError(Exception):
    """A policy file is malformed; the message names the line."""


class KnownLog(NamedTuple):
    """A log whose checkpoints count. url: "" where the file gives none."""

    verifier: Verifier
    url: str = ""


class Witness(NamedTuple):
    """A witness. name: what this policy calls it. url: its submission prefix, "" for none."""

    name: str
    cosigner: Cosigner
    url: str = ""


class Group(NamedTuple):
    """At least `least` of the members (names of witnesses and groups) must have cosigned."""

    least: int
    members: tuple[str, ...]


class Opened(NamedTuple):
    """A checkpoint of a known log that enough witnesses have seen, and which of them."""

    checkpoint: Checkpoint
    witnesses: tuple[Witness, ...]


class Policy(NamedTuple):
    """What a policy file says. groups: in the file's order. quorum: "" where no witness is asked for."""

    logs: tuple[KnownLog, ...]
    witnesses: tuple[Witness, ...] = ()
    groups: dict[str, Group] = {}  # noqa: RUF012  # a tuple's default; never changed
    quorum: str = ""

    def satisfied(self, cosigned: Collection[str]) -> bool:
        """Whether witnesses of these names are a quorum."""
        seen = {one.name for one in self.witnesses if one.name in cosigned}
        for name, group in self.groups.items():  # each below its members: one pass, however deep
            if sum(member in seen for member in group.members) >= group.least:
                seen.add(name)
        return not self.quorum or self.quorum in seen

    def open(self, note: str) -> Opened:
        """The checkpoint in a note that a known log signed and a quorum cosigned. Raises NoteError."""
        text, signed = open_note(
            note, [*(one.verifier for one in self.logs), *(one.cosigner for one in self.witnesses)]
        )
        checkpoint = parse_checkpoint(text)
        if not any(one.verifier in signed and one.verifier.name == checkpoint.origin for one in self.logs):
            raise NoteError("no signature of a known log whose name is the checkpoint's origin")
        seen_by = tuple(one for one in self.witnesses if one.cosigner in signed)
        if not self.satisfied({one.name for one in seen_by}):
            names = ", ".join(one.name for one in seen_by) or "nobody"
            raise NoteError(f"the witnesses that cosigned ({names!a}) are no quorum ({self.quorum!a})")
        return Opened(checkpoint, seen_by)


def unwitnessed(*verifiers: Verifier) -> Policy:
    """The policy of someone who has pinned the keys of logs and asks for no witness."""
    return Policy(tuple(KnownLog(one) for one in verifiers))


def parse_policy(data: bytes) -> Policy:
    """The policy that a file states. Raises PolicyError."""
    if len(data) > _MOST_BYTES or not _ALLOWED.fullmatch(data):
        raise PolicyError("a policy file is text below 1 MB, without control characters")
    reading = _Reading()
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
        words = _BLANKS.split(line.strip(" \t"))
        if words[0] and not words[0].startswith("#"):
            try:
                reading.take(words)
            except (PolicyError, NoteError) as error:
                raise PolicyError(f"line {number}: {error}") from None
    return reading.policy()


class _Reading:
    """The file, as far as it was read."""

    def __init__(self) -> None:
        self._logs: list[KnownLog] = []
        self._witnesses: dict[str, Witness] = {}
        self._groups: dict[str, Group] = {}
        self._grouped: set[str] = set()  # no name counts twice
        self._quorum: str | None = None
        self._keys: set[tuple[bytes, bytes]] = set()

    def take(self, words: list[str]) -> None:
        lines: dict[str, tuple[Callable[..., None], range]] = {
            "log": (self._log, range(1, 3)),
            "witness": (self._witness, range(2, 4)),
            "group": (self._group, range(3, _MOST_BYTES)),
            "quorum": (self._quorum_line, range(1, 2)),
        }
        if words[0] not in lines:
            raise PolicyError("a line begins with log, witness, group or quorum")
        line, parts = lines[words[0]]
        if len(words) - 1 not in parts:
            raise PolicyError(f"a {words[0]} line has {parts[0]} parts at least, and not {len(words) - 1}")
        line(*words[1:])

    def policy(self) -> Policy:
        if self._quorum is None:
            raise PolicyError("there is no quorum line")
        return Policy(tuple(self._logs), tuple(self._witnesses.values()), self._groups, self._quorum)

    def _log(self, vkey: str, url: str = "") -> None:
        verifier = Verifier.from_vkey(vkey)
        self._once(verifier)
        self._logs.append(KnownLog(verifier, url))

    def _witness(self, name: str, vkey: str, url: str = "") -> None:
        self._new(name)
        cosigner = Cosigner.from_vkey(vkey)
        self._once(cosigner)
        self._witnesses[name] = Witness(name, cosigner, url)

    def _group(self, name: str, least: str, first: str, *others: str) -> None:
        self._new(name)
        members = (first, *others)
        for member in members:
            self._known(member)
            if member in self._grouped:
                raise PolicyError(f"{member!a} is a member already")
            self._grouped.add(member)
        count = {"any": 1, "all": len(members)}.get(least)
        if count is None:
            count = int(least) if _COUNT.fullmatch(least) else 0
        if not 1 <= count <= len(members):
            raise PolicyError(f"no {least!a} of {len(members)} members")
        self._groups[name] = Group(count, members)

    def _quorum_line(self, name: str) -> None:
        if self._quorum is not None:
            raise PolicyError("there is a quorum line already")
        if name != "none":
            self._known(name)
        self._quorum = "" if name == "none" else name

    def _new(self, name: str) -> None:
        if name == "none" or name in self._witnesses or name in self._groups:
            raise PolicyError(f"{name!a} is taken")

    def _known(self, name: str) -> None:
        if name not in self._witnesses and name not in self._groups:
            raise PolicyError(f"{name!a} is not defined above")

    def _once(self, key: Verifier) -> None:
        if (key.KIND, key.public) in self._keys:
            raise PolicyError("this key is there already")
        self._keys.add((key.KIND, key.public))
