"""Rich Authorization Requests (RFC 9396): the type `career_data`, which asks a scope more narrowly.

Owns: what an object of the type may say and what each wrong one is told (parse.py), what an app may ask by it
(rules.py), what a token may open of a grant and how that is written (limits.py), the published schema.
Does not own: who is asked and how (consent: a detail becomes fields, items, a duration and a frequency of one
SharingRequest), the endpoints that take and give the parameter (idp/authorize, idp/token).
Who may call it: idp/authorize, idp/token, idp/resource, idp/grants, idp/discovery.
"""
