"""Mirrors idp/ciba."""
