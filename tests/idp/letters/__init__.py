"""Mails about consent: words, outbox, and what a person chooses."""
