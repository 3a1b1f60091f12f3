"""Tests of unmasking: two people, a time, a trace; races, clocks and erasures."""
