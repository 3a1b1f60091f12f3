"""Tests of the archive, of JSON Resume and of evidence."""
