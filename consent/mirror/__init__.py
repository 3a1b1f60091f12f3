"""What became of a consent, told to the person who gave it: summaries of the ledger, what follows from them.

Owns: the projection that folds the ledger's entries into days and totals (`folder.py`), their reading, always
with what is not folded yet (`days.py`, `totals.py`), the mirror of what an app asked against what it really
read (`reflection.py`), and what is due to a grant as time passes (`care.py`).
Does not own: the ledger itself, grants and what changes them, the history's pages (consent/pages), how a mail
leaves (idp).
Who may call it: consent/pages and idp. Nothing on the path of a token or of a read does: whatever is here can
be made again from the ledger.
"""
