"""Signing keys that a PKCS#11 module holds: made there, used there, never here.

Owns: the processes that speak to the module, what is asked of it, how long we wait for it.
Does not own: which keys there are and when they turn (keys/rotation.py), what is signed.
Who may call it: idp, at start; keys/ knows it by the seams in making.py and signing.py.

A module is somebody else's library: it may hang, lose its session or take its process down. So it is loaded
in processes of its own alone: one that signs, beside each server process, and a short one for each key made.
"""
