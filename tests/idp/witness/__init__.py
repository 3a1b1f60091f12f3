"""Tests of the witness: the specification's answers, races, hostile bodies, two forks."""
