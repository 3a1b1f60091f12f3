"""Apps that register by themselves (RFC 7591, RFC 7592, OpenID Connect Dynamic Client Registration 1.0).

Owns: the endpoints, the tokens that let an app register and manage itself, what each of these tokens allows,
software statements, and the table between the standard names of members and ours (members.py).
Does not own: what a member may be (idp/clients/members), who may ask what (declarations, idp/clients), apps
whose client_id is an address (idp/documents, which reads its members here).
Who may call it: idp/endpoints mounts the endpoints, idp/commands makes and revokes tokens.
"""
