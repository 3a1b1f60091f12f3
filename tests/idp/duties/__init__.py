"""Tests of the register of processing and of the breach query."""
