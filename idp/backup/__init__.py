"""Backups: a copy of the database, one of people's keys apart, the log as files; and putting them back.

    <backup>/manifest.json    when it was made, of what, and until when its keys may be kept
    <backup>/database…        everything but people's keys and what is gone within days
    <backup>/people-keys/…    their keys: to be destroyed after 30 days, or erasing somebody would not hold
    <backup>/ledger/…         the log in the layout of tlog-tiles, to be checked without us

Owns: what stands in a backup, and in which order it is made and put back. Does not own: erasing again whom a
restored database brought back (idp/rights), the name under which its log goes on
(consent/ledger/sequencing/origins.py).
Who may call it: the command line.
"""
