"""What a token of this face opens: the two words of an API, the scope behind them, and her choice."""

from typing import NamedTuple

from consent.profile.store import KeptRow, Owner, StoredItem, load, open_dataset
from foundation.database import Transaction
from foundation.errors import AccordError
from idp.francetravail import REALM
from idp.francetravail.words import API_OF, MEANINGS
from idp.resource.bearer import Access

_CHALLENGE = f'Bearer realm="{REALM}"'


class Need(NamedTuple):
    """What an API asks of a token: its own word and that of the data."""

    api: str
    word: str

    @classmethod
    def of(cls, word: str) -> "Need":
        """The need of a functional word."""
        return cls(API_OF[word], word)

    @property
    def scope(self) -> str:
        """The catalogue's scope behind it."""
        return MEANINGS[self.word]

    def missing(self, access: Access) -> list[str]:
        """The words that a token lacks; one that she does not share (any more) is lacking."""
        lacking = [word for word in self if word not in access.scopes]
        if self.scope not in access.choice.scopes and self.word not in lacking:
            lacking.append(self.word)
        return lacking

    def check(self, access: Access) -> None:
        """Raises AccordError `insufficient_scope` naming what is missing."""
        missing = " ".join(self.missing(access))
        if missing:
            raise AccordError(
                "insufficient_scope",
                f"Missing scope: {missing}. It was not asked, or the person did not agree to it.",
                status=403,
                headers={"WWW-Authenticate": f'{_CHALLENGE}, error="insufficient_scope", scope="{missing}"'},
            )


def as_refused(error: AccordError) -> AccordError:
    """A refused token as this face says it: the metadata that Accord's own API names are not its."""
    if error.status != 401:
        return error
    challenge = _CHALLENGE if error.code == "missing_token" else f'{_CHALLENGE}, error="invalid_token"'
    return AccordError(
        error.code,
        error.description,
        status=401,
        detail=error.detail,
        headers={"WWW-Authenticate": challenge},
    )


def owner_of(access: Access) -> Owner:
    """Whose profile it opens."""
    return Owner(access.person_id, access.person.data_key)


def items_of(access: Access, dataset: str) -> tuple[StoredItem, ...]:
    """The items of the dataset that was loaded with the token."""
    if access.dataset is None:
        return ()
    return open_dataset(owner_of(access), KeptRow(dataset, *access.dataset))


async def more_items(tx: Transaction, access: Access, dataset: str) -> tuple[StoredItem, ...]:
    """The items of another dataset."""
    return (await load(tx, owner_of(access), dataset)).items
