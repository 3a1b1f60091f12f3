"""The bench's own sums and pages. It is timed by nobody: no server runs here."""

import pytest

from bench.chart import svg
from bench.load import Pressure, lua_plan, parse
from bench.measure import Figure, Options, chosen
from bench.possession import make_proof, new_key
from bench.report import BEGIN, END, Entry, Report, as_json, markdown, proofs, publish, rows
from bench.targets import BASELINE, all_targets
from bench.works import WORKS, Client, Endpoints, request_for
from foundation.clock import SECOND
from idp.dpop.proof import Call, read_proof

NAMED = {work.name: work for work in WORKS}
REDEEM, READ = NAMED["redeem"], NAMED["read"]
AT = Endpoints("http://127.0.0.1:1/token", "http://127.0.0.1:1/introspect", "http://127.0.0.1:1/me", "")


def figure(work, target, rate, **more):
    fixed = {"lowest": rate, "highest": rate, "p50": 4.0, "p99": 9.0, "failures": 0, "answers": 100}
    cost = {"server_cpu": 300.0, "database_cpu": 0.0, "rss": 80.0, "foreign": 0.01}
    return Figure(work=work, target=target, rate=rate, **(fixed | cost | more))


@pytest.fixture
def report():
    return Report(
        day="2026-11-22",
        command="python -m bench",
        machine={"cores": "2"},
        options=Options(Pressure(8, 16), 3),
        baseline=BASELINE,
        entries=[
            Entry("accord-sqlite", "Accord, SQLite", "Accord 1", "durable", {"redeem": "access JWT ES256"}),
            Entry(BASELINE, "oidc-provider", "oidc-provider 9", "in memory"),
        ],
        figures=[
            figure("redeem", "accord-sqlite", 3000.0, database_cpu=12.0),
            figure("redeem", BASELINE, 1500.0),
            figure("userinfo", BASELINE, 4000.0),
            figure("read", "accord-sqlite", 5000.0, failures=7),
        ],
        problems=["django-oauth-toolkit: not here"],
    )


def test_a_ratio_is_ours_over_the_baseline_of_the_same_work(report):
    assert report.ratio(REDEEM, "accord-sqlite", BASELINE) == 2.0


def test_a_data_read_is_compared_with_the_peer_s_userinfo(report):
    assert report.ratio(READ, "accord-sqlite", BASELINE) == 1.25


def test_the_table_has_a_row_for_each_figure_and_tells_failures(report):
    lines = rows(report)
    assert len(lines) == len(report.figures)
    assert lines[0][2:5] == ("3,000", "3,000–3,000", "2.00")
    assert lines[0][8] == "300 + 12"
    assert [line[7] for line in lines if line[0] == READ.title] == ["7"]


def test_the_json_has_the_ratios(report):
    assert [each["ratio"] for each in as_json(report)["figures"]] == [2.0, 1.0, 1.0, 1.25]


def test_the_page_keeps_what_stands_around_the_figures(report, tmp_path):
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    publish(page, markdown(report, "performance.svg"))
    text = page.read_text("utf-8")
    assert text.startswith(f"before\n{BEGIN}")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    assert "django-oauth-toolkit: not here" in text


def test_a_page_without_marks_is_left_alone(tmp_path):
    page = tmp_path / "performance.md"
    page.write_text("mine", "utf-8")
    with pytest.raises(ValueError, match="no marks"):
        publish(page, "figures")
    assert page.read_text("utf-8") == "mine"


def test_the_chart_draws_a_bar_for_each_figure(report):
    drawn = svg(report)
    assert drawn.count('height="18"') == len(report.figures)
    assert "× 2.00" in drawn


def test_the_load_s_line_is_found_in_wrk_s_output():
    line = (
        '{"requests":200,"micros":2000000,"wrong":10,"broken":2,"exhausted":0,"p50":4000,"p99":9000,"max":1}'
    )
    load = parse(f"Running 2s test @ http://127.0.0.1:1\n{line}\nRequests/sec: 100\n")
    assert (load.failures, load.rate) == (12, 94.0)


def test_a_plan_is_lua_source(tmp_path):
    plan = lua_plan(REDEEM, request_for(REDEEM, AT, Client("me", "s:cret")), tmp_path / "pool.txt")
    assert plan.startswith("return {")
    assert 'order = "once"' in plan
    assert "code=@@&redirect_uri=http%3A%2F%2F" in plan


@pytest.mark.parametrize("work", [work for work in WORKS if work.beside], ids=lambda work: work.name)
def test_a_work_with_proofs_makes_the_same_call_and_shows_one(work):
    at = Endpoints("http://127.0.0.1:1/token", "http://127.0.0.1:1/introspect", "", "http://127.0.0.1:1/read")
    client = Client("me", "s:cret")
    shown, plain = request_for(work, at, client), request_for(NAMED[work.beside], at, client)
    filled = shown.with_value("value", "proof")
    assert filled.headers["DPoP"] == "proof"
    assert (shown.method, shown.url, shown.body) == (plain.method, plain.url, plain.body)
    assert "value" in (filled.body or filled.headers["Authorization"])


def test_a_plan_names_its_proofs(tmp_path):
    request = request_for(NAMED["read-dpop"], AT, Client("me", "s"))
    plan = lua_plan(NAMED["read-dpop"], request, tmp_path / "values.txt", tmp_path / "proofs.txt")
    assert f'proofs = "{tmp_path}/proofs.txt"' in plan
    assert '["DPoP"]="@proof@"' in plan


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_a_proof_that_the_bench_makes_holds(alg):
    call = Call("GET", "https://id.example/v1/me/skills", "token")
    text = make_proof(new_key(alg), call.method, call.url, 1_800_000_000, nonce="n", token="token")
    found = read_proof(text, call, 1_800_000_000 * SECOND)
    assert (found.alg, found.nonce) == (alg, "n")


def test_what_a_proof_adds_is_told_against_the_same_work(report):
    assert proofs(report) == ""
    report.figures.append(figure("redeem-dpop", "accord-sqlite", 2000.0, server_cpu=450.0, database_cpu=62.0))
    assert "redeem +200 µs (Accord, SQLite)." in proofs(report)
    assert proofs(report) in markdown(report, "performance.svg")


def test_only_those_that_take_proofs_are_asked_with_one():
    proving = [target.name for target in all_targets() if target.serves(NAMED["redeem-dpop"])]
    assert proving == ["accord-sqlite", "accord-postgresql"]


def test_a_secret_is_form_encoded_before_basic():
    assert Client("me", "s:cret").basic == "Basic bWU6cyUzQWNyZXQ="


def test_only_names_works_and_servers():
    targets = all_targets()
    works, picked = chosen(["redeem", "sqlite"], targets)
    assert [work.name for work in works] == ["redeem"]
    assert [target.name for target in picked] == ["accord-sqlite", "django-oauth-toolkit-sqlite"]
    assert chosen([], targets) == (list(WORKS), targets)
    with pytest.raises(ValueError, match="names nothing"):
        chosen(["redeeem"], targets)
