"""Strict clients of others, from their registries, at a running server: what they refuse, we got wrong."""
