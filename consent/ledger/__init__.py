"""The ledger: an audit log that can be proved.

Owns: the leaf format, the catalogue's base class, the append, the Merkle tree with its tiles and signed
checkpoints, the sequencer, proofs, the verifiers that recompute everything (from rows; from files), what
witnesses say of a head, and the auditors' search.
Does not own: which events exist (each room declares its own classes), who a person is (it is given her opened
keys and writes a pseudonym), routes and pages.
Who may call it: `consent/` and `idp/` append; pages and the command line read and verify.

The way of an event: `append` writes the event and a queue row in the caller's transaction; `sequencing/`
gives it a position, grows the tiles and signs a checkpoint; `proofs`, `searching/` and `verifying/` read
what it stored.
"""
