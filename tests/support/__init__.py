"""The machine under the tests: a private PostgreSQL, schemas by the copy, the guard on sockets, honest skips.

Owns: what starts and stops around a test run.
Does not own: anything that a test asserts.
Who may call it: tests/conftest.py and the tests that break machines (foundation/).
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
