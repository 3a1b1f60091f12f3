"""Whole journeys, told as stories by the actors, over what the real programs show and answer.

Owns: what happens to a person, a partner's app and an auditor from the first page to the last.
Does not own: how a page looks and reads (tests/browser), the rules of a room (that room's tests).
Who may call it: nobody; fixtures come from tests/actors/stage.py.
"""
