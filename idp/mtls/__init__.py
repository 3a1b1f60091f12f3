"""Client certificates (RFC 8705): apps that authenticate by mutual TLS, tokens bound to a certificate.

TLS ends at a proxy of ours, which says in a header who was at its other end. That header is read from that
proxy alone, and from nobody unless the operator names both.

Owns: the header, the certificate in it, whether it proves an app.
Does not own: TLS itself, which token is bound to what (idp/token/possession.py).
Who may call it: idp/app puts the layer in place; idp/clients, idp/token and idp/resource ask what was
presented.
"""
