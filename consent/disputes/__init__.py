"""Disputes: a person says that she does not recognise an access, an administrator answers.

Owns: the dispute's life (opened, answered, closed) with its ledger events, its words sealed under the
person's key, her pages and what the administrator's desk shows.
Does not own: pausing and withdrawing (consent/decisions.py), who is an administrator (idp), how a mail is
sent (consent/mirror queues a letter for each answer).
Who may call it: consent/pages mounts her pages; idp/admin mounts the desk.
"""
