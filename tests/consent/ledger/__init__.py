"""Tests of the ledger: vectors of other projects, properties, races, faults and tampering."""
