"""Accesses that people do not recognise."""
