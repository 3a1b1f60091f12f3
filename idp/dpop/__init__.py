"""Proof of possession by DPoP (RFC 9449): a call proves the key that its token is bound to.

Owns: reading and judging a proof, the server's nonces, the proofs that were used, how both kinds of endpoint
refuse one.
Does not own: which key a token or a line is bound to (idp/token), what a token opens (idp/resource).
Who may call it: idp/token, idp/resource, idp/grants, idp/authorize; idp/running purges its table.
"""
