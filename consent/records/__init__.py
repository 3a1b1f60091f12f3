"""Consent records (ISO/IEC TS 27560) and receipts, and what was shown, so that it can be replayed.

Owns: the record's form and its words in the W3C Data Privacy Vocabulary, the signed receipt and how anyone
checks it, the table of records, notices kept once per version, what one person was shown sealed under her
key, the published JSON Schemas and context, and the pages of all these.
Does not own: what is decided (consent/decisions.py), the screen (consent/pages), the ledger, keys.
Who may call it: consent/decisions.py records by it; idp mounts its pages, publishes its documents and checks
receipts from the command line.

The way of a record: `record` writes it, `keeping` adds the ledger's event, signs the receipt and stores both
in the caller's unit; `notices` keeps the page. Nothing here is ever changed; erasure deletes.
"""
