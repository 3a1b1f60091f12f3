"""What people and auditors see of sharing: the consent screen, the dashboard, the profile, the console.

Owns: view models, templates and routes of these pages. A view is a plain function of what the room's core
returns; a route fetches, calls it and renders.
Does not own: rules (consent/), sign-in, sessions and pending requests, which come in as a `Host` (host.py).
Who may call it: idp. It mounts `account_router(host)` and `audit_router(host, means)` (routers.py) and shows
a `ConsentPage` (consent.py).
"""
