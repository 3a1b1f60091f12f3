"""Our log before its witnesses: asking them to cosign a head, keeping what they said.

Owns: whom to ask next, what their answers change, which heads enough of them have seen. Does not own: the
formats (notes/), being a witness (idp/witness).
Who may call it: the server's background tasks, what shows a head.
"""
