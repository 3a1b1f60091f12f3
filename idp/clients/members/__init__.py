"""What an app's registration is made of, part by part; idp/clients/metadata.py puts them together.

Owns: each member, its default, and what it may be by itself.
Does not own: what members must be beside one another (idp/clients/metadata.py), what they do (the rooms).
A validator has a name that no other part uses: the parts are joined by inheritance.
"""
