"""The texts of a log as C2SP writes them: signed notes, checkpoints, cosignatures, policies, proofs.

Owns: the task that sequences, its lease, the queue's length, what is signed and what is kept of it outside
the database, the log's name after a restore. Does not own: the tree's arithmetic (merkle.py, tiles.py),
which events wait (append.py).
Who may call it: the server's background tasks, the command line.
"""
