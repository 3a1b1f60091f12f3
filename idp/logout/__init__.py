"""Signing out because an app asks (OpenID Connect RP-Initiated Logout 1.0).

Owns: the end session endpoint, what such a request proves, the page that asks, the page that says it is done.
Does not own: sessions and ending them (idp/people), what an app registers (idp/clients), the logout of France
Travail Connect (idp/francetravail), which has an address and rules of its own.
Who may call it: idp/pages.py mounts its routes, idp/discovery.py announces them.
"""
