"""Giving events their places, and signing what grew: the way from the queue to a signed head.

Owns: the task that sequences, its lease, the queue's length, what is signed and what is kept of it outside
the database, the log's name after a restore. Does not own: the tree's arithmetic (merkle.py, tiles.py),
which events wait (append.py).
Who may call it: the server's background tasks, the command line.
"""
