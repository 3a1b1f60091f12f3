"""Retention: the log's two clocks, and retiring what is past them, a class and a month at a time.

Owns: when a month of a class may go and what keeps it, the report of that, the steps of retiring it, the
event that accounts for it. Does not own: how a verifier holds the log to that event (consent/ledger), who may
retire.
Who may call it: commands, the background, the auditors' pages.
"""
