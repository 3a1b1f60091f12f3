"""Tables of the referential. Each row belongs to an edition; one edition is live at a time.

Loading writes beside the live edition and switches in one statement, so that a search never sees half of one.
The edition stands last in each key: a database that has counted nothing yet would take it for the part that
narrows most.
"""

from sqlalchemy import BigInteger, Index, Integer, LargeBinary
from sqlmodel import Field, SQLModel


class RomeEdition(SQLModel, table=True):
    """One loaded edition. The newest `live_at` (microseconds) is the one searched.

    name: as published ("460"). source: "shipped" or "files". fingerprint: SHA-256 of what it was made from;
    a load that was cut is found again by it.
    """

    __tablename__ = "rome_edition"

    id: str = Field(primary_key=True)
    name: str
    source: str
    fingerprint: bytes = Field(sa_type=LargeBinary)
    began_at: int = Field(sa_type=BigInteger)
    live_at: int | None = Field(default=None, sa_type=BigInteger)


class RomeProgress(SQLModel, table=True):
    """How many rows of a file a load has taken, bad ones included; gone once the edition is live."""

    __tablename__ = "rome_progress"

    edition: str = Field(primary_key=True)
    file: str = Field(primary_key=True)
    taken: int = Field(sa_type=Integer)


class RomeSheet(SQLModel, table=True):
    """A job sheet: a letter and four digits."""

    __tablename__ = "rome_sheet"

    code: str = Field(primary_key=True)
    edition: str = Field(primary_key=True)
    label: str


class RomeTitle(SQLModel, table=True):
    """A title under which a job is known (OGR code). folded: its label as searches compare it."""

    __tablename__ = "rome_title"

    code: str = Field(primary_key=True)
    edition: str = Field(primary_key=True)
    label: str
    folded: str
    sheet: str


class RomeSkill(SQLModel, table=True):
    """A skill. kind: "know_how", "knowledge", or "soft" (savoir-être)."""

    __tablename__ = "rome_skill"
    __table_args__ = (Index("rome_skill_folded", "folded", "edition"),)

    code: str = Field(primary_key=True)
    edition: str = Field(primary_key=True)
    kind: str
    label: str
    folded: str


class RomeExpected(SQLModel, table=True):
    """A skill expected for a job sheet. core: 1 at the heart of the job. place: order in the sheet."""

    __tablename__ = "rome_expected"
    __table_args__ = (
        Index("rome_expected_skill", "skill", "sheet", "edition"),
        {"sqlite_with_rowid": False},
    )

    sheet: str = Field(primary_key=True)
    skill: str = Field(primary_key=True)
    edition: str = Field(primary_key=True)
    core: int
    place: int


class RomeWord(SQLModel, table=True):
    """A word that leads to a title or a skill; folded, ASCII. of: "title" or "skill"."""

    __tablename__ = "rome_word"
    __table_args__ = ({"sqlite_with_rowid": False},)

    of: str = Field(primary_key=True)
    word: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    edition: str = Field(primary_key=True)
