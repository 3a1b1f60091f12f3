"""Receipts in the world's hands: keys for ever, the command, the page."""
