"""The way out: what it refuses to reach, and what hostile servers cannot do to it."""
