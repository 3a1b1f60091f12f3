"""The web kit: what every page and endpoint of every room is served with.

Owns: the guard around the application (trace ids, security headers, last-resort errors), the parser of
forms, the check against forged requests, languages, templates and their parts, static files.
Does not own: routes, sessions, words about sharing or signing in.
Who may call it: every room's pages and endpoints. It knows a visitor only as a `Visitor`.

    guard.py      one pure-ASGI middleware: trace id, headers, errors -> answers
    headers.py    the headers themselves, and a page's Content-Security-Policy
    lean.py       protocol and data endpoints, dispatched from a table
    forms.py      urlencoded bodies and queries, hostile ones included
    csrf.py       where a POST comes from, form tokens, local return paths
    errors.py     AccordError -> JSON or page, and the page that lists every code
    i18n.py       catalogues, languages, dates in the reader's zone
    dates.py      how a moment reads
    zones.py      /zone, where a reader says whose hours she reads
    pseudo.py     two made-up languages for tests
    templates.py  Jinja2, and `render`
    static.py     our own CSS, SVG and JavaScript under content-hashed addresses
    kit.py        `build_web`: all of this put together from the rooms' folders
    translations.py  the command that keeps the catalogues up to date

How a room uses it:

    router = page_router()

    @router.post("/things")
    async def things(request: Request) -> Response:
        form = await read_form(request)
        check(request, form, visitor.form_secret, request.scope["accord.web"].origin)
        return render(request, "room/things.html", things=...)

Its templates start with `{% extends "kit/base.html" %}`, put `{{ page.form_token }}` in every form, and mark
texts with `_("…")` in French. The assembler calls `build_web(issuer, [Room("room", folder)], …)`, then
`install(app)` on FastAPI, and wraps everything in `Guard(app, web)`.
"""
