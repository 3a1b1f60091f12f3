"""Loading the open-data files: whole, cut anywhere, with bad rows, from a folder or an archive."""

import zipfile
from pathlib import Path

import pytest

from consent.rome.files import CORE, FILES, LINKS, SHEETS, SKILLS, TITLES, open_source
from consent.rome.loading import Loader
from consent.rome.search import expected_skills, find_skill, find_title, live_edition, search_titles
from consent.rome.subset import ensure_some
from foundation.clock import SECOND
from foundation.database import Database
from foundation.errors import AccordError, StorageUnavailableError

HEADERS = {
    SHEETS: "code_rome,code_fiche_metier,code_ogr,libelle_rome",
    TITLES: "code_ogr,libelle_appellation_long,libelle_appellation_court,code_rome,classification",
    SKILLS: "code_ogr,nature,libelle_competence,cat_comp",
    "referentiel_savoir": "code_ogr_savoir,libelle_savoir",
    LINKS: "code_rome,code_compo_bloc,code_rubrique,code_ogr",
    CORE: "code_rome,code_ogr,coeur_metier",
}

KINDS = ("Savoir-faire", "Savoir-être professionnel")


def content(sheets: int = 3, titles: int = 600, skills: int = 40) -> dict[str, list[str]]:
    """Files in the shape of the published ones, of any size."""
    code = [f"A{1000 + number}" for number in range(sheets)]
    return {
        SHEETS: [f'"{one}","1","2","Métier d\'\'essai {one}"' for one in code],
        TITLES: [
            f'"{10000 + n}","Titre numéro {n}","T{n}","{code[n % sheets]}","SYNONYME"' for n in range(titles)
        ],
        SKILLS: [
            f'"{100000 + n}","Compétence","Savoir faire {n}","{KINDS[n % 10 == 9]}"' for n in range(skills)
        ],
        "referentiel_savoir": ['"200001","Droit du travail"'],
        LINKS: [
            *(f'"{one}","5","1","{100000 + n}"' for one in code for n in range(skills)),
            f'"{code[0]}","5","3","200001"',
            f'"{code[0]}","2","","10000"',  # a title of the sheet: not a skill
        ],
        CORE: [f'"{code[0]}","100002","Principale"', f'"{code[0]}","100001",""'],
    }


def write(folder: Path, rows: dict[str, list[str]], edition: str = "470") -> Path:
    folder.mkdir(exist_ok=True)
    for role in (*FILES, CORE):
        lines = [HEADERS[role], *rows[role]]
        (folder / f"unix_{role}_v{edition}_utf8.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "unix_texte_v470_utf8.csv").write_text("not ours", "utf-8")
    return folder


async def test_an_edition_replaces_the_subset_whole(db: Database, clock, tmp_path):
    await ensure_some(db, clock)
    clock.advance(SECOND)
    heard: list[tuple[str, int, int]] = []
    source = open_source(write(tmp_path / "rome", content()))
    outcome = await Loader(db, clock, source, lambda *told: heard.append(told)).load()
    assert (outcome.name, outcome.resumed, outcome.already, outcome.bad) == ("470", False, False, [])
    assert outcome.rows == {SHEETS: 3, TITLES: 600, SKILLS: 40, "referentiel_savoir": 1, LINKS: 122}
    assert [told for told in heard if told[0] == TITLES] == [
        (TITLES, 0, 600),
        (TITLES, 500, 600),
        (TITLES, 600, 600),
    ]
    async with db.reading() as tx:
        live = await live_edition(tx)
        assert live is not None
        assert (live.name, live.source) == ("470", "files")
        assert await search_titles(tx, "secretaire") == []
        assert len(await search_titles(tx, "titre", most=30)) == 30
        title = await find_title(tx, "10001")
        assert title is not None
        assert title.sheet_label == "Métier d'essai A1001"
        expected = await expected_skills(tx, "A1000")
        assert expected[0].code == "100002"
        assert [one.core for one in expected] == [1] + [0] * 40
        soft = await find_skill(tx, "100009")
        assert soft is not None
        assert soft.kind == "soft"
    again = await Loader(db, clock, source).load()
    assert again.already
    await ensure_some(db, clock)  # the next start of the server leaves the operator's edition alone
    async with db.reading() as tx:
        assert (await live_edition(tx)) == live


class Cut:
    """A database that fails at its nth unit, its commit lost or kept."""

    def __init__(self, db: Database, at: int) -> None:
        self._db, self._left = db, at
        self.dialect = db.dialect

    def reading(self, *, ahead: bool = False):
        return self._db.reading(ahead=ahead)

    def transaction(self):
        self._left -= 1
        if self._left < 0:
            raise StorageUnavailableError("cut by the test")
        return self._db.transaction()


async def test_a_load_that_was_cut_anywhere_goes_on_and_ends_alike(db: Database, clock, tmp_path):
    source = open_source(write(tmp_path / "rome", content()))
    cuts = 0
    while True:
        clock.advance(SECOND)
        try:
            outcome = await Loader(Cut(db, 1 + cuts % 3), clock, source).load()  # type: ignore[arg-type]  # enough of one
        except StorageUnavailableError:
            cuts += 1
            async with db.reading() as tx:
                assert await live_edition(tx) is None or cuts > 5
            continue
        break
    assert cuts >= 3
    assert outcome.resumed or outcome.already
    async with db.reading() as tx:
        assert len(await search_titles(tx, "titre", most=1000)) == 600
        assert len(await expected_skills(tx, "A1000")) == 41


async def test_bad_rows_are_named_and_the_rest_is_loaded(db: Database, clock, tmp_path):
    rows = content()
    rows[TITLES][10:10] = ['"99999","Sans fiche","S","A9999","SYNONYME"']
    rows[SKILLS] += [f'"{300000 + n}","Compétence","De plus {n}","Savoir-faire"' for n in range(200)]
    rows[SKILLS].append('"x1","Compétence","Sans code","Savoir-faire"')
    rows[SKILLS].append('"300000","Compétence","Deux fois","Savoir-faire"')
    outcome = await Loader(db, clock, open_source(write(tmp_path / "rome", rows))).load()
    assert [(bad.file, bad.line) for bad in outcome.bad] == [
        ("unix_referentiel_appellation_v470_utf8.csv", 12),
        ("unix_referentiel_competence_v470_utf8.csv", 242),
        ("unix_referentiel_competence_v470_utf8.csv", 243),
    ]
    reasons = [bad.reason for bad in outcome.bad]
    assert "A9999" in reasons[0]
    assert "'x1'" in reasons[1]
    assert "came before" in reasons[2]
    async with db.reading() as tx:
        assert await find_title(tx, "99999") is None
        assert await find_title(tx, "10011") is not None


@pytest.mark.parametrize(
    "row",
    [
        '"10","","T","A1000","S"',
        '"10","nul \x07","T","A1000","S"',
        '"10","' + "l" * 600 + '","T","A1000","S"',
        '"10"',
    ],
)
async def test_files_that_are_something_else_leave_the_live_edition(db: Database, clock, tmp_path, row):
    await ensure_some(db, clock)
    rows = content(titles=50)
    rows[TITLES] += [row] * 3
    with pytest.raises(AccordError) as refused:
        await Loader(db, clock, open_source(write(tmp_path / "rome", rows))).load()
    assert refused.value.code == "rome_files"
    assert "unix_referentiel_appellation_v470_utf8.csv" in refused.value.description
    async with db.reading() as tx:
        assert len(await search_titles(tx, "secretaire bilingue")) == 1


def test_an_archive_does_as_well_as_a_folder(tmp_path):
    folder = write(tmp_path / "rome", content())
    archive = tmp_path / "RefRomeCsv.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for one in folder.iterdir():
            file.write(one, f"RefRomeCsv/{one.name}")
    inside, beside = open_source(archive), open_source(folder)
    assert inside.edition == beside.edition == "470"
    assert inside.fingerprint == beside.fingerprint


def test_what_is_not_the_rome_is_said(tmp_path):
    def refusal(path: Path) -> str:
        with pytest.raises(AccordError) as refused:
            open_source(path)
        assert refused.value.code == "rome_files"
        return refused.value.description

    assert "neither a folder" in refusal(tmp_path / "nowhere")
    (tmp_path / "file").write_text("text")
    assert "not a ZIP" in refusal(tmp_path / "file")
    folder = write(tmp_path / "rome", content())
    (folder / f"unix_{TITLES}_v470_utf8.csv").unlink()
    assert f"unix_{TITLES}" in refusal(folder)
    write(folder, content(), "471")
    assert "470, 471" in refusal(folder)


@pytest.mark.parametrize(
    ("damage", "told"),
    [(b"\xff\xfe nothing", "not UTF-8"), (b"code_rome,label\nA1000,x\n", "no column libelle_rome")],
)
async def test_a_file_that_is_not_what_its_name_says(db: Database, clock, tmp_path, damage, told):
    folder = write(tmp_path / "rome", content())
    (folder / f"unix_{SHEETS}_v470_utf8.csv").write_bytes(damage)
    with pytest.raises(AccordError, match=told):
        await Loader(db, clock, open_source(folder)).load()
