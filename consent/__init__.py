"""What can be shared, who asked for it, what the person answered, and what the answer lets out.

Owns: the catalogue, requests to share and their answers, grants with their revisions and receipts, the
career profile and its release, the person's consent pages, the ledger and the auditors' console.
Does not own: OAuth, clients, sessions, accounts. It is given a frozen snapshot of who asks and the opened
keys of the current person; it is asked a question and records an answer.
Who may call it: idp. It calls keys and foundation.
"""
