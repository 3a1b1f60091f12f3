"""Tests of sharing below 15."""
