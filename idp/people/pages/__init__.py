"""The pages of the people room: thin edges that read a form, call a flow and put its outcome into words.

Owns: routes, what is shown after each outcome, where to go next.
Does not own: rules (the flows beside this folder), session loading and forged-request checks (access.py).
Who may call it: idp/people/router.py.
"""
