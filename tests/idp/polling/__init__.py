"""Requests that an app polls for: what it is told, what it gets, once."""
