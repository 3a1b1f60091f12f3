"""Backups: made beside a server at work, put back, and what they still say of somebody erased."""
