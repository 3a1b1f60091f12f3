"""Tests of the people room: its parts alone, its flows on both databases, its pages seen by a browser."""
