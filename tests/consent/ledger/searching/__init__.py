"""Searches: what each filter finds, on both databases, and how far one looks."""
