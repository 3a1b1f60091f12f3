"""The console's exports, dossiers and report, as an auditor opens them."""

import io
import zipfile

import orjson

from consent.ledger.notes.policy import unwitnessed
from consent.ledger.searching.search import Filters, search
from consent.looking.adding import add_new
from consent.taking.checking import check_export
from consent.taking.exports import MOST
from consent.taking.unpacked import check_dossier
from tests.consent.pages.site import LOG


async def told(site):
    async with site.home.db.reading() as tx:
        return [row.leaf for row in (await search(tx, LOG, Filters(event="auditor.exported"))).rows]


async def test_an_auditor_takes_away_what_she_finds(shared, tmp_path):
    site, auditor = shared, shared.auditor
    assert (await auditor.post("/audit/export", format="jsonl")).status_code == 503  # no head is signed yet
    await site.seal_log()
    found = await auditor.open("/audit?client=coach")
    assert found.named("a", href="/audit/export?client=coach")
    page = await auditor.open("/audit/export?client=coach")
    assert "rien ne le prouve" in page.text
    assert "qu’aucun événement de ces rangs n’y manque" in (await auditor.open("/audit/export?first=0")).text
    answer = await auditor.post("/audit/export", format="csv", client="coach")
    address = answer.headers["location"]
    making = await auditor.get(address)
    assert making.headers["refresh"] == "2"
    assert "En préparation" in making.text
    assert (await auditor.get(f"{address}/file")).status_code == 404
    assert await site.means.exports.work(site.home.db) == 1
    done = await auditor.get(address)
    assert "refresh" not in done.headers
    assert "Prêt" in (await auditor.open("/audit/export")).text
    for part in ("file", "proof", "manifest"):
        given = await auditor.get(f"{address}/{part}")
        name = given.headers["content-disposition"].partition('"')[2].rstrip('"')
        (tmp_path / name).write_bytes(given.content)
    (manifest,) = tmp_path.glob("*.manifest.json")
    assert check_export(manifest, unwitnessed(site.sequencer.verifier)).rows >= 3
    (leaf,) = await told(site)
    assert (leaf.facts["format"], leaf.facts["filters"], leaf.facts["whole"]) == ("csv", "client", False)
    assert leaf.facts["export"] in address
    assert (await auditor.submit(f"{address}/delete")).text.count("Prêt") == 0
    assert (await auditor.get(address)).status_code == 404
    assert (await auditor.post(f"{address}/delete")).status_code == 404


async def test_a_download_that_broke_goes_on(shared):
    await shared.seal_log()
    answer = await shared.auditor.post("/audit/export", format="ocsf")
    await shared.means.exports.work(shared.home.db)
    address = f"{answer.headers['location']}/file"
    whole = await shared.auditor.get(address)
    assert whole.headers["accept-ranges"] == "bytes"
    headers = {**shared.auditor._headers(), "range": "bytes=100-"}
    rest = await shared.auditor._client.get(address, headers=headers | {"if-range": whole.headers["etag"]})
    assert (rest.status_code, rest.content) == (206, whole.content[100:])
    assert rest.headers["content-range"] == f"bytes 100-{len(whole.content) - 1}/{len(whole.content)}"
    other = await shared.auditor._client.get(address, headers=headers | {"if-range": '"other"'})
    assert (other.status_code, other.content) == (200, whole.content)
    assert (await shared.auditor.get(address.replace("file", "job.json"))).status_code == 404


async def test_what_is_no_order_is_refused(shared):
    await shared.seal_log()
    assert (await shared.auditor.post("/audit/export", format="xml")).status_code == 400
    assert (await shared.auditor.post("/audit/export", format="csv", since="2026-02-30")).status_code == 422
    assert (
        "Du : cette date n’existe pas"
        in (await shared.auditor.open("/audit/export?since=2026-02-30", status=422)).text
    )
    for path in ("/audit/export/x", f"/audit/export/{'0' * 32}", f"/audit/grants/{'0' * 32}/archive"):
        assert (await shared.auditor.get(path)).status_code == 404
    assert await told(shared) == []
    for _ in range(MOST):
        await shared.auditor.post("/audit/export", format="jsonl")
    refused = await shared.auditor.post("/audit/export", format="jsonl")
    assert refused.status_code == 409
    assert "Vous gardez déjà dix exports" in refused.text
    assert len(await told(shared)) == MOST


async def test_a_dossier_is_one_archive_that_proves_itself(shared, tmp_path):
    await shared.seal_log()
    grant = await shared.grant_id()
    answer = await shared.auditor.get(f"/audit/grants/{grant}/archive")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    archive.extractall(tmp_path)
    found = check_dossier(tmp_path, unwitnessed(shared.sequencer.verifier))
    assert found.proved >= 3
    assert found.waiting == 0
    readme = (tmp_path / "LISEZMOI-README.txt").read_text("utf-8-sig")
    assert grant in readme
    assert "Comment vérifier" in readme
    assert "How to check" in readme
    assert orjson.loads((tmp_path / "notifications.json").read_bytes())[0]["state"] == "acknowledged"
    assert (tmp_path / "reads.csv").read_text("utf-8-sig").count("\n") == 3
    (record,) = [orjson.loads(path.read_bytes())["record"] for path in tmp_path.glob("records/*.json")]
    shown = record["notice"]["privacy_notice"]["version"]
    assert [path.stem for path in tmp_path.glob("pages/*.html")] == ([shown] if shown else [])
    (leaf,) = await told(shared)
    assert (leaf.facts["format"], leaf.facts["export"]) == ("dossier", None)


async def test_the_report_says_what_is_kept_and_why(site):
    assert "Rien à conserver" in (await site.auditor.open("/audit/retention")).text
    await site.seal_log()
    await add_new(site.home.db)
    page = await site.auditor.open("/audit/retention")
    for text in ("2027-01", "Gardé", "son délai", "Sécurité", "12 mois"):
        assert text in page.text
