"""Cap Conseil against the real server, in one process: no socket is opened."""
