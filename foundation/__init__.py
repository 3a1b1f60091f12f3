"""What every room stands on: settings, clock, ids, errors, database, web kit.

Owns: mechanisms without a domain word in them.
Does not own: people, apps, keys, consent, tokens. If a name of theirs is needed here, it belongs elsewhere.
Who may call it: every room. It calls none of them.
"""
