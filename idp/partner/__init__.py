"""A partner's first page: her apps, what they may ask, and where to plug them in.

Owns: the page at /partner.
Does not own: registration and its rules (idp/clients).
Who may call it: idp/pages.py mounts it.
"""
