"""Signed and encrypted answers."""
