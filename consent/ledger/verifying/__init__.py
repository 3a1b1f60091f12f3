"""The verifier over a database: everything recomputed from raw rows, the first row that lies named.

Owns: the walk, what is held against what, and how a fault is said. Does not own: the same over files
(files/), which needs no database.
Who may call it: the command line, the auditors' console.
"""
