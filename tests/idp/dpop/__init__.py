"""Proofs of possession: reading them, asking for them, and every way in which they do not hold."""
