"""The records' own tests: the record, the receipt, what was shown, the published documents."""
