"""A database that fails once, at a chosen step: what a crash there would leave behind."""

from foundation.errors import StorageUnavailableError


class Faulty:
    """Fails at the nth statement of its units, before it or `stored` after it, or around the nth commit."""

    def __init__(self, db, *, statement: int = -1, commit: int = -1, stored: bool = False) -> None:
        self.db, self.dialect, self.shared = db, db.dialect, db.shared
        self.statement, self.commit, self.stored = statement, commit, stored
        self.failed = False

    def reading(self, *, ahead=False):
        return self.db.reading(ahead=ahead)

    def transaction(self):
        return _FaultyUnit(self)

    def fail(self) -> None:
        self.failed = True
        raise StorageUnavailableError("a fault of the test")


class _FaultyUnit:
    def __init__(self, faulty: Faulty) -> None:
        self.faulty = faulty
        self.unit = faulty.db.transaction()

    async def __aenter__(self):
        self.tx = await self.unit.__aenter__()
        return self

    async def __aexit__(self, kind, error, trace):
        if error is not None:
            return await self.unit.__aexit__(kind, error, trace)
        self.faulty.commit -= 1
        due = self.faulty.commit == -1 and not self.faulty.failed
        if due and not self.faulty.stored:
            lost = StorageUnavailableError("not stored")
            await self.unit.__aexit__(type(lost), lost, None)
            self.faulty.fail()
        await self.unit.__aexit__(None, None, None)
        if due:
            self.faulty.fail()
        return None

    def __getattr__(self, name):
        real = getattr(self.tx, name)

        async def call(*args, **values):
            self.faulty.statement -= 1
            due = self.faulty.statement == -1 and not self.faulty.failed
            if due and not self.faulty.stored:
                self.faulty.fail()
            answer = await real(*args, **values)
            if due:
                self.faulty.fail()
            return answer

        return call
