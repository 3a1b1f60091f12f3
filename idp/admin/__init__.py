"""The administrator's pages.

Owns: the first page, which lists apps with their scopes and state; the queue of what partners ask to ask,
and its decisions.
Does not own: the registry of apps (idp/clients), who may see these pages (idp/people's access), the ledger's
console (consent, for auditors).
Who may call it: idp/pages.py mounts its router.
"""
