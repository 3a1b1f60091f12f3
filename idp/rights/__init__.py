"""Erasing a person, through every room, and what follows from it.

Owns: the order in which an erasure is carried out, the list of which table holds what of a person, the sweeps
that come after, the opening of evidence, the pages and commands of all that.
Does not own: the evidence's form and the archive of an export (consent/rights), the keys (keys/), what
partners are told (it asks for it).
Who may call it: the assembler and the commands.
"""
