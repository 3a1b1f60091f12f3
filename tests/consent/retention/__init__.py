"""Tests of the log's two clocks, and of retiring what is past them."""
