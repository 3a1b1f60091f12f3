"""The ledger events of these duties: asking who is affected is itself told, and why."""

from consent.ledger.events import Event, event, sealed


@event("breach.queried", log="security")
class BreachQueried(Event):
    """An administrator asked whom a breach affects; the person of this leaf is the administrator.

    since, until: microseconds. people, erased: how many with and without a name left. complete: whether that
    is all of them; a first page stops sooner, and a list is told here before its first line leaves, with
    nobody counted yet. listed: whether the list of people left with the answer.
    """

    client: str
    dataset: str
    field: str
    since: int
    until: int
    people: int
    erased: int
    reads: int
    complete: bool
    listed: bool
    reason: str = sealed()


@event("breach.queried_by_operator", log="security")
class BreachQueriedByOperator(Event):
    """The same at the command line, where nobody is signed in. case: the reference that was given."""

    client: str
    dataset: str
    field: str
    since: int
    until: int
    people: int
    erased: int
    reads: int
    complete: bool
    listed: bool
    case: str


@event("breach.listed", log="security")
class BreachListed(Event):
    """The list of people left, whole. asked: the ledger's event of the question, with who and why."""

    client: str
    asked: str
    people: int
    erased: int
    reads: int


@event("register.exported", log="security")
class RegisterExported(Event):
    """An administrator took the register of processing along."""

    format: str
    activities: int
