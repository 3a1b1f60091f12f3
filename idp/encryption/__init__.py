"""Answers that the app alone can open: JWE (RFC 7516) around what is told to it.

Owns: which of an app's public keys serves, and the envelope. Nothing is ever told plainly instead.
Does not own: what is told, and when (the rooms that answer); how apps' keys are kept (idp/clients).
Who may call it: the rooms that answer apps, and their registration.
"""
