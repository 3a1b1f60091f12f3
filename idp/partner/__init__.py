"""A partner's pages: her apps, what they may ask, asking to change that, and where to plug them in.

Owns: the pages under /partner, the form of a declaration and its words (administrators read the same).
Does not own: registration, declarations and their rules (idp/clients), deciding on them (idp/admin).
Who may call it: idp/pages.py mounts it.
"""
