"""What the law asks of whoever runs this server: the register of processing, and who a breach affects.

Owns: the register (GDPR art. 30), generated from the apps and the catalogue; the question "who is affected"
(art. 33-34), answered from the ledger; their pages and commands.
Does not own: the apps and what they declare, the ledger, the rights of a person (rights/).
Who may call it: the assembler and the commands.
"""
