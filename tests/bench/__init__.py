"""Light checks of the bench's report. Owns no timing: figures are taken by hand, on a quiet machine."""
