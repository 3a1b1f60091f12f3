"""What was read of her, as she reads it: each dataset with its fields, how often and when last."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from consent.mirror.entries import Total, TotalKey
from consent.mirror.words import dataset_label, field_label, order_of
from foundation.web.i18n import Translator


@dataclass(frozen=True, slots=True)
class ReadField:
    """A field, or a dataset: how often it left, and the first and the last time (microseconds)."""

    name: str
    label: str
    reads: int
    first_at: int
    last_at: int


@dataclass(frozen=True, slots=True)
class ReadDataset:
    """A dataset with its fields, in the order of first being read."""

    whole: ReadField
    fields: tuple[ReadField, ...]


def by_dataset(totals: Iterable[tuple[TotalKey, Total]], t: Translator) -> list[ReadDataset]:
    """Totals told dataset by dataset, in the consent screen's order, whosever grants they are of."""
    wholes: dict[str, ReadField] = {}
    fields: dict[str, dict[str, ReadField]] = {}
    for key, total in totals:
        _count(wholes, key.dataset, dataset_label(key.dataset, t), total)
        inside = fields.setdefault(key.dataset, {})
        for name in key.fields.split():
            _count(inside, name, field_label(key.dataset, name, t), total)
    return [ReadDataset(wholes[name], tuple(fields[name].values())) for name in sorted(wholes, key=order_of)]


def _count(counted: dict[str, ReadField], name: str, label: str, total: Total) -> None:
    found = counted.get(name, ReadField(name, label, 0, total.first_at, total.last_at))
    counted[name] = replace(
        found,
        reads=found.reads + total.reads,
        first_at=min(found.first_at, total.first_at),
        last_at=max(found.last_at, total.last_at),
    )
