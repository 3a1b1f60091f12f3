"""Summaries of the ledger, the mirror, and what is due as time passes."""
