"""Apps whose client_id is an address, with their registration behind it (Client ID Metadata Documents).

draft-ietf-oauth-client-id-metadata-document. Off unless the operator turns it on.

Owns: which addresses can be an app's name, fetching and reading what stands there, the hash that is pinned of
it, and what a change of it does: it suspends the app until an administrator has looked.
Does not own: what a registration may say (idp/registration), what such an app may ask (declarations).
Who may call it: whatever meets a client_id first, the authorization endpoint and idp/token/calling.py; never
inside a unit of the database. idp/commands lets an administrator take a change.
"""
