"""Unmasking: who stands behind a pseudonym of the ledger, for a time, when two people have agreed to it.

An auditor asks, with a reason, a case and a number of hours; another auditor or an administrator says yes or
no; until it is over, whoever asked sees the address, and each look is an event. Then the person is told.

No table leads from a pseudonym to a person. A pseudonym is found again in the only way there is: by making it
anew from each candidate's own secret (finding.py). Once she is erased there is no secret, and no way.

Owns: requests to unmask (life.py says what state one is in), their events, pages, mail and jobs.
Does not own: pseudonyms (consent/ledger/persons.py), accounts, who is an auditor.
Who may call it: the assembler; idp/rights, which makes an erasure forget whom a request found.
"""
