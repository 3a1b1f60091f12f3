"""Mails about consent: their words, their way into the outbox, and which of them a person wants.

Owns: what each of these mails says, the `Post` that consent/mirror is given, the page where she chooses.
Does not own: when one is due (consent/mirror), the outbox and how mails leave (idp/people).
Who may call it: idp's assembler.
"""
