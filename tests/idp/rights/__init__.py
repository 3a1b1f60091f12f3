"""Tests of a person's rights, carried out."""
