"""Tests of the sample programs: from outside, over the wire, no socket."""
