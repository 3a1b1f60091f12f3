"""Every page there is, by name: who opens it, where it is, and what is done there first."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.actors.browser import Browser
from tests.browser import leaving, samples, unmasking

Act = Callable[[Browser], Awaitable[None]]
NO_ID = "0" * 32
CV = """{"basics": {"phone": "06 39 98 00 00"},
"work": [{"position": "Bénévole à l’accueil", "name": "Maison de quartier", "startDate": "2026"}],
"skills": [{"name": "Tenir un blog"}, {"name": "Gérer un planning", "level": "Avancé"}],
"languages": [{"language": "Klingon"}], "awards": [{"title": "Un prix"}]}"""


@dataclass(frozen=True, slots=True)
class Place:
    """One page. who: role of the browser that opens it. path: with `{grant}`, `{event}`… of the tour."""

    name: str
    who: str
    path: str
    act: Act | None = None


async def _wrong_password(browser: Browser) -> None:
    await browser.page.fill("[name=email]", "nobody@example.org")
    await browser.page.fill("[name=password]", "not a password")
    await browser.press("#sign-in")


async def _no_address(browser: Browser) -> None:
    await browser.page.fill("[name=email]", "nobody")
    await browser.press("#register")


async def _empty_form(browser: Browser) -> None:
    await browser.press("#save")


async def _wrong_present_password(browser: Browser) -> None:
    await browser.page.fill("[name=current_password]", "not a password")
    await browser.page.fill("[name=new_password]", "short")
    await browser.press("#change-password")


async def _no_push_address(browser: Browser) -> None:
    await browser.page.fill("[name=push_url]", "http://coach.example/")
    await browser.press("#save-delivery")


async def _every_detail(browser: Browser) -> None:
    """Everything that is folded, unfolded."""
    for summary in await browser.at("main summary").all():
        await summary.click()


async def _exported(browser: Browser) -> None:
    """Made the first time; then as it is kept."""
    kept = browser.at("a[href^='/audit/export/']")
    if await kept.count():
        await kept.first.click()
    else:
        await browser.press("#export")
    await browser.at("a[href$='/manifest']").wait_for()


async def _no_receipt(browser: Browser) -> None:
    await browser.page.fill("[name=receipt]", "eyJhbGciOiJub25lIn0.e30.")
    await browser.press("#verify")


async def _her_receipt(browser: Browser) -> None:
    """Checked as anyone would: its file, pasted."""
    href = await browser.at("a[download]").get_attribute("href")
    file = await (await browser.page.request.get(f"{browser.house.issuer}{href}")).text()
    await browser.visit("/receipts/verify")
    await browser.page.fill("[name=receipt]", file)
    await browser.press("#verify")


async def _the_notice(browser: Browser) -> None:
    await browser.press("a[href^='/notices/']")


async def _some_ticked(browser: Browser) -> None:
    await browser.tick("skills")
    await browser.hold_back("skills", 0)
    await browser.share_for("30d")


async def _no_day(browser: Browser) -> None:
    await browser.at("[name=minor]").check()
    await browser.page.fill("[name=password]", "short")
    await browser.press("#create-account")


async def _no_purpose(browser: Browser) -> None:
    for name in ("purpose-fr", "reason-skills-en", "reads"):
        await browser.page.fill(f"[name='{name}']", "")
    await browser.press("#check")


async def _checked(browser: Browser) -> None:
    await browser.at("#no_detriment").check()
    await browser.press("#check")


async def _refuse_without_reason(browser: Browser) -> None:
    await browser.press("#refuse-declaration")


async def _empty_token(browser: Browser) -> None:
    await browser.press("#make-token")


async def _made_token(browser: Browser) -> None:
    await browser.page.fill("[name=contact]", "Cap Emploi")
    await browser.press("#make-token")


async def _has_tokens(browser: Browser) -> None:
    await browser.press("#new-token")
    await _made_token(browser)
    await browser.visit("/admin/registration")


async def _no_parent(browser: Browser) -> None:
    await browser.page.fill("[name=email]", "maman")
    await browser.press("#ask-parent")


async def _unattested(browser: Browser) -> None:
    await browser.press("#accept")


async def _empty_paste(browser: Browser) -> None:
    await browser.at("main summary").first.click()
    await browser.press("#paste")


async def _pasted_cv(browser: Browser) -> None:
    await browser.at("main summary").first.click()
    await browser.page.fill("[name=resume]", CV)
    await browser.press("#paste")


async def _wrong_password_to_erase(browser: Browser) -> None:
    await browser.page.fill("[name=current_password]", "not a password")
    await browser.press("#erase")


async def _empty_question(browser: Browser) -> None:
    await browser.press("#count")


async def _who_was_read(browser: Browser) -> None:
    await browser.page.select_option("[name=client]", index=1)
    await browser.page.fill("[name=reason]", "Incident 12")
    await browser.press("#count")


async def _wrong_code(browser: Browser) -> None:
    await browser.page.fill("[name=user_code]", "BCDF")
    await browser.press("#look-up")


async def _not_me(browser: Browser) -> None:
    await samples.asked_by_kiosk(browser)
    await browser.press("#stop")


async def _kept_search(browser: Browser) -> None:
    await _every_detail(browser)
    await browser.page.fill("[name=name]", "Lectures")
    await browser.press("#save-view")


PLACES = (
    Place("home", "nobody", "/"),
    Place("sign in", "nobody", "/login"),
    Place("sign in, wrong", "nobody", "/login", _wrong_password),
    Place("register", "nobody", "/register"),
    Place("register, wrong", "nobody", "/register", _no_address),
    Place("register, sent", "nobody", "/register/sent"),
    Place("choose a password", "nobody", "{registering}"),
    Place("choose a password, wrong", "nobody", "{registering}", _no_day),
    Place("dead link", "nobody", "/verify-email?token=gone"),
    Place("forgotten", "nobody", "/password/forgot"),
    Place("forgotten, sent", "nobody", "/password/forgot/sent"),
    Place("reset", "nobody", "{resetting}"),
    Place("outbox", "nobody", "/outbox"),
    Place("help", "nobody", "/help"),
    Place("errors explained", "nobody", "/errors"),
    Place("no such page", "nobody", "/nowhere"),
    Place("unknown app", "nobody", "/authorize?client_id=nobody"),
    Place("expired request", "nobody", f"/authorize/continue/{NO_ID}"),
    Place("not hers", "her", "/audit"),
    Place("consent", "newcomer", "{asked}"),
    Place("consent, answered", "newcomer", "{asked}", _some_ticked),
    Place("consent, all unfolded", "newcomer", "{asked}", _every_detail),
    Place("consent, asked elsewhere", "newcomer", "{asked_elsewhere}"),
    Place("requests from elsewhere", "newcomer", "/account/requests"),
    Place("requests from elsewhere, none", "chloe", "/account/requests"),
    Place("request from elsewhere, refused", "newcomer", "{refused_request}"),
    Place("profile, something waits", "newcomer", "/account"),
    Place("consent, a change", "her", "{changed}"),
    Place("consent, in place of another", "her", "{fresh}"),
    Place("consent, paused", "her", "{paused}", _every_detail),
    Place("consent, of an unknown app", "her", "{unknown}"),
    Place("profile", "her", "/account"),
    Place("profile, empty", "chloe", "/account"),
    Place("skill", "her", "/account/profile/skills/s01"),
    Place("remove a skill", "her", "/account/profile/skills/s01/remove"),
    Place("find a skill", "her", "/account/profile/skills/add?q=accueil"),
    Place("find a job", "her", "/account/profile/job_targets/add?q=zzz"),
    Place("suggested skills", "her", "/account/profile/skills/add"),
    Place("what a job expects", "her", "/account/profile/job_targets/j1/gap", _every_detail),
    Place("experience, wrong", "her", "/account/profile/experiences/add", _empty_form),
    Place("apps", "her", "/account/apps"),
    Place("apps, none", "chloe", "/account/apps"),
    Place("apps, stopped", "her", "/account/apps?ended={ended}"),
    Place("app", "her", "/account/apps/{grant}", _every_detail),
    Place("app, ended", "her", "/account/apps/{ended}"),
    Place("app, paused", "her", "/account/apps/{resting}", _every_detail),
    Place("share less", "her", "/account/apps/{grant}/less"),
    Place("share less, asked again", "her", "/account/apps/{resting}/less?asked=1"),
    Place("receipt", "her", "/account/apps/{grant}/receipts/1", _every_detail),
    Place("receipts", "her", "/account/receipts"),
    Place("receipts, none", "chloe", "/account/receipts"),
    Place("what she saw", "her", "/account/apps/{grant}/receipts/1/seen"),
    Place("verify a receipt", "nobody", "/receipts/verify", _every_detail),
    Place("verify, wrong", "nobody", "/receipts/verify", _no_receipt),
    Place("verify alone", "nobody", "/receipts/verify/alone"),
    Place("verify, genuine", "her", "/account/apps/{grant}/receipts/1", _her_receipt),
    Place("history", "her", "/account/history"),
    Place("history, none", "chloe", "/account/history"),
    Place("history of an app", "her", "/account/history?grant={grant}"),
    Place("history by field", "her", "/account/history/fields"),
    Place("history by field, none", "chloe", "/account/history/fields"),
    Place("who read a dataset", "her", "/account/history/fields/skills"),
    Place("report an access", "her", "/account/history/disputes/new?event={doubted}"),
    Place("reports", "her", "/account/history/disputes"),
    Place("reports, none", "chloe", "/account/history/disputes"),
    Place("report", "her", "/account/history/disputes/{dispute}"),
    Place("mails", "her", "/account/mails"),
    Place("reports, the queue", "administrator", "/admin/disputes"),
    Place("report, the desk", "administrator", "/admin/disputes/{dispute}"),
    Place("rights", "her", "/account/data"),
    Place("export", "her", "/account/data/export"),
    Place("import", "her", "/account/data/import", _every_detail),
    Place("import, nothing", "her", "/account/data/import", _empty_paste),
    Place("import, looked at", "her", "/account/data/import", _pasted_cv),
    Place("erase", "her", "/account/delete"),
    Place("erase, wrong", "her", "/account/delete", _wrong_password_to_erase),
    Place("erase, nothing shared", "chloe", "/account/delete"),
    Place("erased", "nobody", "{erased}", _every_detail),
    Place("no such erasure", "nobody", f"/erased/{NO_ID}"),
    Place("security", "her", "/account/security"),
    Place("security, wrong", "her", "/account/security", _wrong_present_password),
    Place("sign out", "her", "/logout"),
    Place("sign out, an app asks", "her", "/end-session?client_id=coach-demo"),
    Place("sign out, nowhere", "her", "/end-session?client_id=coach-demo&post_logout_redirect_uri=x"),
    Place("sign out, who asks", "her", "/end-session?id_token_hint=x"),
    Place("signing out at an app too", "leaver", "/logout", leaving.sign_out),
    Place("signed out", "nobody", "/signed-out?client_id=coach-demo"),
    Place("ledger", "auditor", "/audit"),
    Place("ledger, nothing", "auditor", "/audit?client=nobody&since=2026-13-01"),
    Place("ledger, searched", "auditor", "/audit?scope=skills&event=data.read", _every_detail),
    Place("saved searches", "auditor", "/audit?event=data.read", _kept_search),
    Place("figures", "auditor", "/audit/figures", _every_detail),
    Place("anomalies", "auditor", "/audit/flags"),
    Place("identities", "auditor", "/audit/unmasking"),
    Place("identity, wrong", "auditor", "/audit/unmasking/new", unmasking.ask_nothing),
    Place("identity, asked for", "auditor", "/audit/unmasking/{unmask}"),
    Place("identity, to answer", "administrator", "/audit/unmasking/{unmask}"),
    Place("identity, seen", "auditor", "/audit/unmasking/{unmasked}", unmasking.look),
    Place("export of the log", "auditor", "/audit/export?client=coach-demo"),
    Place("export of the log, wrong", "auditor", "/audit/export?since=2026-13-01"),
    Place("export of the log, ready", "auditor", "/audit/export?first=0&last=20", _exported),
    Place("retention", "auditor", "/audit/retention"),
    Place("event", "auditor", "/audit/events/{event}", _every_detail),
    Place("dossier", "auditor", "/audit/grants/{grant}"),
    Place("notice without values", "auditor", "/audit/grants/{grant}", _the_notice),
    Place("administrator", "administrator", "/admin"),
    Place("administrator, apps by themselves", "administrator", "/admin?by=itself"),
    Place("administrator, an app", "administrator", "/admin/app?client_id=coach-demo"),
    Place("registrations", "administrator", "/admin/registration", _has_tokens),
    Place("registration token", "administrator", "/admin/registration/new"),
    Place("registration token, wrong", "administrator", "/admin/registration/new", _empty_token),
    Place("registration token, made", "administrator", "/admin/registration/new", _made_token),
    Place("register of processing", "administrator", "/admin/register"),
    Place("breach", "administrator", "/admin/breach"),
    Place("breach, wrong", "administrator", "/admin/breach", _empty_question),
    Place("breach, counted", "administrator", "/admin/breach", _who_was_read),
    Place("partner", "partner", "/partner"),
    Place("partner, events", "partner", "/partner/apps/coach-demo/signals"),
    Place("partner, events, wrong", "partner", "/partner/apps/coach-demo/signals", _no_push_address),
    Place("told, every app", "auditor", "/audit/signals"),
    Place("events explained", "nobody", "/signals/events"),
    Place("event explained", "nobody", "/signals/events/grant-narrowed"),
    Place("partner, app", "partner", "{app}"),
    Place("declaration", "partner", "{app}/declaration", _every_detail),
    Place("declaration, wrong", "partner", "{app}/declaration", _no_purpose),
    Place("declaration, checked", "partner", "{app}/declaration", _checked),
    Place("requests of partners", "administrator", "/admin/declarations"),
    Place("request of a partner", "administrator", "{request}"),
    Place("request of a partner, no reason", "administrator", "{request}", _refuse_without_reason),
    Place("consent, under 15", "tom", "{waiting_consent}"),
    Place("with a parent", "lea", "{drafted}"),
    Place("with a parent, wrong", "lea", "{drafted}", _no_parent),
    Place("with a parent, asked", "tom", "{waiting}"),
    Place("a parent is asked", "mum", "{to_answer}"),
    Place("a parent is asked, wrong", "mum", "{to_answer}", _unattested),
    Place("not the parent", "her", "{to_answer}"),
    Place("children", "mum", "/account/children"),
    Place("children, none", "chloe", "/account/children"),
    Place("device", "nobody", "/device"),
    Place("device, wrong", "nobody", "/device", _wrong_code),
    Place("device, a code to compare", "nobody", "/device?user_code=bcdfghjk"),
    Place("device, which app", "nobody", "{kiosk}/", samples.asked_by_kiosk),
    Place("device, not me", "nobody", "{kiosk}/", _not_me),
    Place("kiosk", "nobody", "{kiosk}/"),
    Place("kiosk, code", "nobody", "{kiosk}/", samples.kiosk_code),
    Place("kiosk, her skills", "at the kiosk", "{kiosk}/", samples.her_skills_at_kiosk),
    Place("kiosk, ended", "nobody", "{kiosk}/ended/idle"),
    Place("adviser", "nobody", "{adviser}/"),
    Place("adviser, wrong", "nobody", "{adviser}/", samples.wrong_person),
    Place("adviser, waiting", "nobody", "{appointment}"),
    Place("adviser, shared", "nobody", "{agreed}", samples.answered),
    Place("adviser, refused", "nobody", "{refused}", samples.answered),
    Place("coach", "nobody", "{coach}/"),
    Place("coach, jobs", "nobody", "{coach}/jobs"),
    Place("coach, job by hand", "nobody", "{coach}/jobs/M1607"),
    Place("coach, her space", "her", "{coach}/me"),
    Place("coach, job", "her", "{coach}/jobs/M1609"),
    Place("coach, refused", "nobody", "{coach}/stopped/refused"),
    Place("coach, withdrawn", "nobody", "{coach}/stopped/withdrawn"),
    Place("coach, privacy", "nobody", "{coach}/privacy"),
)
