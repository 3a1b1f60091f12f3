"""Tests of figures, their charts, and of what is flagged."""
