"""What every page must be, in a real Chromium: readable by all, whole at 320 px, usable by keyboard, quiet.

Owns: the list of pages, and what is asked of each; the pictures of the documentation.
Does not own: journeys (tests/flows).
Who may call it: nobody; fixtures come from tests/actors/stage.py.
"""
