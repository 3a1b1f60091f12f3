"""The sequencer: order, faults at each step, rivals, restores."""
