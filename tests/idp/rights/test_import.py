"""She brings a CV in: shown before anything changes, taken as ticked; what she held back stays held back."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import bindparam, delete
from sqlmodel import col

from consent.rights.resume_import import LONGEST
from consent.tables import ProfileDataset
from foundation.clock import DAY
from foundation.statements import Write
from idp.rights.settling import purge_drafts
from tests.idp.rights.remains import rows
from tests.idp.support import World
from tests.idp.visitor import NewVisitor, Visitor, read

IMPORT = "/account/data/import"
TYPED = b"Content-Type: application/json"
EMPTY = Write(delete(ProfileDataset).where(col(ProfileDataset.person_id) == bindparam("person_id")))
CV = {
    "basics": {"phone": "06 39 98 00 00"},
    "work": [
        {"position": "Chargée d’accueil", "name": "Clinique des Tilleuls", "startDate": "2021-09",
         "summary": "Accueil et standard."},
        {"position": "Bénévole <b>à l’accueil</b>", "name": "Maison de quartier", "startDate": "2026"},
    ],
    "skills": [{"name": "Classer des documents"}, {"name": "Tenir un blog"},
               {"name": "Assurer un accueil téléphonique"}],
    "languages": [{"language": "Klingon"}],
}  # fmt: skip


async def signed_in(visitor: Visitor) -> Visitor:
    await visitor.sign_in(await visitor.get("/login"))
    return visitor


async def pasted(visitor: Visitor, document: object) -> httpx.Response:
    form = read(await visitor.get(IMPORT))
    text = document if isinstance(document, str) else json.dumps(document)
    return await visitor.follow(await visitor.post(IMPORT, {**form.hidden, "resume": text}))


def body(token: str, content: bytes, boundary: str = "b0und4ry", name: str = "cv.json") -> bytes:
    return (
        f'--{boundary}\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n{token}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/json\r\n\r\n"
    ).encode() + content + f"\r\n--{boundary}--\r\n".encode()  # fmt: skip


async def uploaded(visitor: Visitor, sent: bytes, **headers: str) -> httpx.Response:
    own = {"Sec-Fetch-Site": "same-origin", "Content-Type": "multipart/form-data; boundary=b0und4ry"}
    visitor.clock.advance(1000)
    return await visitor.http.post(f"{IMPORT}/file", content=sent, headers=own | headers)


async def take(visitor: Visitor, preview: httpx.Response, **fields: Any) -> httpx.Response:
    form = read(preview)
    return await visitor.post(form.action, form.hidden | fields)


async def test_it_is_shown_before_anything_changes(house: World, visitor: Visitor) -> None:
    before = await house.shelf()
    preview = await pasted(await signed_in(visitor), CV)
    text = preview.text
    assert preview.status_code == 200
    assert read(preview).ticked == []
    assert "Bénévole &lt;b&gt;à l’accueil&lt;/b&gt;" in text
    assert "Tenir un blog" in text
    assert "languages[0].language" in text
    assert "2 éléments sont déjà dans votre profil" in text.replace("\xa0", " ")
    assert await house.shelf() == before


async def test_who_ticked_nothing_is_told_and_keeps_the_file(house: World, visitor: Visitor) -> None:
    preview = await pasted(await signed_in(visitor), CV)
    answer = await take(visitor, preview)
    assert "Vous n’avez rien coché" in (await visitor.get(answer.headers["location"])).text
    assert (await take(visitor, preview, all="1")).headers["location"] == "/account?done=saved"


async def test_she_takes_what_she_ticks(house: World, visitor: Visitor) -> None:
    preview = await pasted(await signed_in(visitor), CV)
    number = next(
        value
        for name, value in read(preview).boxes
        if name == "take" and _label(preview, value) == "Tenir un blog"
    )
    answer = await take(visitor, preview, take=[number])
    assert answer.headers["location"] == "/account?done=saved"
    skills = (await house.shelf())["skills"]
    assert skills[-1] | {"id": ""} == {
        "id": "",
        "kind": "free",
        "label": "Tenir un blog",
        "level": "unrated",
        "rome_code": None,
        "added_by": None,
    }
    assert len(skills) == 12
    assert len((await house.shelf())["experiences"]) == 4
    (leaf,) = await house.events("profile.imported")
    assert leaf["facts"] == {"added": 1, "changed": 0, "datasets": "skills", "format": "jsonresume"}
    assert (await rows(house.server.db))["import_draft"] == []
    again = await take(visitor, preview, take=[number])
    assert again.status_code == 410


def _label(preview: httpx.Response, number: str) -> str:
    return preview.text.partition(f'value="{number}"><span>')[2].partition("<")[0].strip()


async def test_held_back_stays_held_back_and_new_ones_stay_hers(house: World, visitor: Visitor) -> None:
    tokens = await house.tokens(hide=["experiences:e1"], scope=["experiences", "skills"])
    preview = await pasted(await signed_in(visitor), CV)
    assert (await take(visitor, preview, all="1")).status_code == 303
    experiences = {item["id"]: item for item in (await house.shelf())["experiences"]}
    assert experiences["e1"]["description"] == "Accueil et standard."
    assert experiences["e1"]["end"] == "2025-06"  # what the file does not say stays
    assert experiences["e1"]["rome_code"] == "M1601"
    seen = (await house.read("/v1/me/experiences", tokens["access_token"])).json()["data"]
    assert "Chargée d’accueil" not in [item["title"] for item in seen]
    assert not any("Bénévole" in item["title"] for item in seen)
    skills = (await house.read("/v1/me/skills", tokens["access_token"])).json()["data"]
    assert "Tenir un blog" not in [item["label"] for item in skills]
    contact = (await house.shelf())["contact"][0]
    assert contact["phones"] == ["06 39 98 00 00"]
    assert contact["city"] == "Lille"


async def test_later_items_are_shared_where_she_said_so(house: World, visitor: Visitor) -> None:
    tokens = await house.tokens(future=["skills"], scope=["skills"])
    preview = await pasted(await signed_in(visitor), {"skills": [{"name": "Tenir un blog"}]})
    await take(visitor, preview, all="1")
    skills = (await house.read("/v1/me/skills", tokens["access_token"])).json()["data"]
    assert "Tenir un blog" in [item["label"] for item in skills]


async def test_a_skill_is_of_rome_by_its_exact_label_or_code_alone(house: World, visitor: Visitor) -> None:
    await signed_in(visitor)
    document = {
        "skills": [
            {"name": "GERER un planning "},
            {"name": "Gérer des plannings"},
            {"name": "Autre nom", "accord": {"rome_code": "300464"}},
            {"name": "Inconnue", "accord": {"rome_code": "999999"}},
        ]
    }
    async with house.server.db.transaction() as tx:
        await tx.run(EMPTY, person_id=house.person_id)
    await take(visitor, await pasted(visitor, document), all="1")
    found = [(item["kind"], item["rome_code"]) for item in (await house.shelf())["skills"]]
    assert found == [("rome", "300464"), ("free", None), ("free", None)]


async def test_a_profile_that_changed_meanwhile_is_looked_at_again(house: World, visitor: Visitor) -> None:
    preview = await pasted(await signed_in(visitor), CV)
    await house.put("skills", kind="free", label="Entre-temps")
    answer = await take(visitor, preview, all="1")
    assert answer.status_code == 409
    assert "profile_changed" in answer.text
    assert len((await house.shelf())["experiences"]) == 4


async def test_a_file_by_upload(house: World, visitor: Visitor) -> None:
    await signed_in(visitor)
    token = read(await visitor.get(IMPORT)).hidden["form_token"]
    answer = await visitor.follow(await uploaded(visitor, body(token, json.dumps(CV).encode())))
    assert "Tenir un blog" in answer.text
    empty = await uploaded(visitor, body(token, b"", name=""))
    assert empty.status_code == 400
    assert "Choisissez un fichier" in empty.text


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"PK\x03\x04", 422, "JSON Resume"),
        (b"[" * 200_000, 422, "JSON Resume"),
        (b" " * LONGEST + b"x", 413, ""),
        (b"x" * (LONGEST * 3), 413, ""),
        (json.dumps({"interests": [{"name": str(n)} for n in range(500)]}).encode(), 422, "300"),
    ],
)
async def test_hostile_files(house: World, visitor: Visitor, content: bytes, status: int, said: str) -> None:
    await signed_in(visitor)
    token = read(await visitor.get(IMPORT)).hidden["form_token"]
    answer = await uploaded(visitor, body(token, content))
    assert answer.status_code == status, answer.text[:300]
    assert said in answer.text
    assert (await rows(house.server.db))["import_draft"] == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda sent: sent.replace(b'name="form_token"', b'name="other"'), 403),
        (lambda sent: sent.replace(b"--b0und4ry--", b"--b0und4ry"), 400),
        (lambda sent: b"junk" + sent, 400),
        (lambda sent: sent.replace(TYPED, b"Content-Type: multipart/mixed; boundary=x"), 400),
        (lambda sent: sent.replace(TYPED, b"Content-Transfer-Encoding: base64"), 400),
        (lambda sent: sent.replace(b'name="file"', b'name="fi\xffle"'), 400),
        (lambda _sent: b"", 400),
        (lambda sent: b"".join(sent.partition(b"--b0und4ry\r\n")[1:2] * 40) + sent, 413),
    ],
)  # fmt: skip
async def test_hostile_forms(house: World, visitor: Visitor, change: Any, status: int) -> None:
    await signed_in(visitor)
    token = read(await visitor.get(IMPORT)).hidden["form_token"]
    answer = await uploaded(visitor, change(body(token, json.dumps(CV).encode())))
    assert answer.status_code == status, answer.text[:300]


async def test_other_media_and_other_sites_are_refused(house: World, visitor: Visitor) -> None:
    await signed_in(visitor)
    token = read(await visitor.get(IMPORT)).hidden["form_token"]
    sent = body(token, json.dumps(CV).encode())
    for media in ("text/plain", "multipart/form-data", "multipart/form-data; boundary=", "application/json"):
        assert (await uploaded(visitor, sent, **{"Content-Type": media})).status_code == 415
    assert (await uploaded(visitor, sent, **{"Sec-Fetch-Site": "cross-site"})).status_code == 403


async def test_a_draft_is_its_owners_and_fades(
    house: World, visitor: Visitor, new_visitor: NewVisitor
) -> None:
    preview = await pasted(await signed_in(visitor), CV)
    path = str(preview.url.path)
    other = new_visitor()
    await other.sign_in(await other.get("/login"), "bruno@example.org")
    assert (await other.get(path)).status_code == 410
    token = read(await other.get(IMPORT)).hidden
    assert (await other.post(path, token | {"all": "1"})).status_code == 410
    assert (await visitor.get(f"{IMPORT}/nonsense")).status_code == 410
    (row,) = (await rows(house.server.db))["import_draft"]
    assert b"blog" not in row.sealed
    house.clock.advance(2 * DAY)
    assert await purge_drafts(house.server) == 1
