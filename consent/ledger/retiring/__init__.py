"""Leaves that went with their period: which they are, and the events of the log that account for them.

Owns: what a retirement's event says, and which places it covers. Does not own: when a period may go and
taking its rows away (consent/retention), holding the log to its account (verifying/).
Who may call it: verifiers, exports, consent/retention.
"""
