"""The texts of a log as C2SP writes them: signed notes, checkpoints, cosignatures, policies, proofs.

Owns: reading and writing these formats, and what a policy makes of signatures. Pure: no database, no
network. Does not own: which key signs (keys/), when a head is signed (sequencing/), who is asked to cosign
(witnessing/).
Who may call it: every room of the ledger, the witness, the command line.
"""
