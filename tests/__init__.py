"""The proof. Mirrors the code's rooms, plus what crosses them: journeys, races, browser, hostile inputs.

Owns: fixtures (conftest.py), the machine that tests need (support/), people and programs (actors/).
Does not own: anything the server needs to run.
"""
