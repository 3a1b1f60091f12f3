"""Tests of what auditors take away."""
