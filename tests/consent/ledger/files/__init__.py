"""Tests of the ledger as files: the layout, the writer, the offline verifier."""
