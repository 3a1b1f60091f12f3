"""A person's rights over her data: taking it away, bringing some in, having it erased.

Owns: the evidence of past consent that outlives an erasure, the archive of the export with its schemas,
JSON Resume both ways, the pages of these rights.
Does not own: accounts, sessions and tokens (idp/rights carries an erasure through every room), the profile's
own forms, the ledger.
Who may call it: idp. It calls the rest of consent, keys and foundation.
"""
