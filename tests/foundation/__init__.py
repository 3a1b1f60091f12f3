"""Conformance of the storage on both engines, with real parallelism and real faults; settings, clock, ids."""
