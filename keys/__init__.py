"""Key material and nothing else.

Owns: the master key, sealing at rest, the server's root secret and what is derived from it, signing keys
and their life (staged, active, retiring, retired), JWKS, per-person keys whose destruction is erasure.
Does not own: why something is signed or sealed, the ledger events that tell of a key's life (idp/
orchestrates both), who a person is.
Who may call it: idp, consent. It calls foundation alone. No private key is ever committed; sealed rows are
worthless without the master key.
"""
