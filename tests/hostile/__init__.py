"""What bad input gets: a stable error, the right status, nothing half-written, never a 500."""
