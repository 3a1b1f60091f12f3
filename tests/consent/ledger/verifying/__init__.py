"""The verifier: every column of the ledger altered, each time named."""
