"""A witness of logs (C2SP tlog-witness), for whoever watches us: a regulator, a partner, a newspaper.

It cosigns a checkpoint only when that extends the last one that it cosigned; two forks of one log can
therefore not both be witnessed by it. Owns: its key, its state (a SQLite file of its own) and its two
endpoints. Does not own: our database, settings or master key, none of which it opens.
Who may call it: `accord witness`.
"""
