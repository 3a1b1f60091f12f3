"""Tests of the people room: its parts alone, its flows on both databases, its pages through a browser's eyes."""
