"""Whether leaves are of format v1: most by one regular expression each, the rest as their room reads them.

The expression holds the canonical bytes of an ordinary leaf: its keys in their order, texts in ASCII without
an escape. It takes nothing that `parse_leaf` would refuse, but for what a bundle is asked at once.
"""

import re
from collections.abc import Sequence

import orjson

from consent.ledger.leaf import LeafError, parse_leaf

_TEXT = r'"[ !#-\[\]-~]*+"'
_TEXT_OR_NULL = rf"(?:{_TEXT}|null)"
_NUMBER = r"(?:0|[1-8][0-9]{0,15}|9[0-9]{0,14})"  # below 2^53; a few of sixteen digits are read the slow way
_FACT = rf'"[a-z][a-z0-9_]*+":(?:{_TEXT}|-?[1-9][0-9]{{0,14}}|0|true|false|null)'
_FACTS = rf"\{{(?:{_FACT}(?:,{_FACT})*+)?\}}"
_ORDINARY = re.compile(
    rf'\{{"client":{_TEXT_OR_NULL}'
    r',"commitment":(?:null|"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")'
    r',"event":"[a-z]+(?:\.[a-z_]+)+"'
    rf',"facts":(?P<facts>{_FACTS})'
    rf',"grant":{_TEXT_OR_NULL}'
    r',"id":"(?P<moment>[0-9a-f]{12})[0-9a-f]{20}"'
    r',"log":"(?:consent|security)"'
    r',"outcome":"(?:success|refused|failed)"'
    r',"person":(?:"p-[A-Za-z0-9_-]{21}[AQgw]"|null)'
    rf',"request":{_TEXT_OR_NULL}'
    rf',"revision":(?:{_NUMBER}|null)'
    r',"salt":"[A-Za-z0-9_-]{21}[AQgw]"'
    rf',"scopes":{_TEXT_OR_NULL}'
    rf',"time":(?P<time>{_NUMBER})'
    r',"v":1\}'.encode(),
)


class OddLeafError(Exception):
    """A leaf is not of format v1. at: which of those that were given."""

    def __init__(self, at: int, reason: str) -> None:
        super().__init__(reason)
        self.at = at


def check_formed(leaves: Sequence[bytes]) -> None:
    """Hold the leaves of a bundle to format v1; b"" stands for one that is missing. Raises OddLeafError."""
    found = [_ORDINARY.fullmatch(leaf) for leaf in leaves]
    agree = _agree([one.groups() for one in found if one])
    for at, (leaf, ordinary) in enumerate(zip(leaves, found, strict=True)):
        if leaf and not (ordinary and agree):
            try:
                parse_leaf(leaf.decode())
            except (LeafError, UnicodeDecodeError) as error:
                raise OddLeafError(at, f"a leaf that is not of format v1: {error}") from None


def _agree(ordinary: Sequence[tuple[bytes, ...]]) -> bool:
    """Whether each tells one moment by id and time, and its facts once, in order. Of facts, moment, time."""
    if any(int(moment, 16) != int(time) // 1000 for _, moment, time in ordinary):
        return False
    facts = b"[%b]" % b",".join({one[0] for one in ordinary})
    return orjson.dumps(orjson.loads(facts), option=orjson.OPT_SORT_KEYS) == facts
