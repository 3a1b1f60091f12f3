"""Receipts for the world: their keys for ever, the page where anyone checks one, the published documents.

Owns: the key file at /receipts/jwks and beside the data, the archive of each key in the ledger, the page
/receipts/verify, the addresses of JSON Schemas and of the JSON-LD context.
Does not own: what a receipt is and how it is checked (consent/records), keys and their rotation (keys/).
Who may call it: idp/endpoints.py, idp/pages.py and idp/running mount it; the command line reads key files.
"""
