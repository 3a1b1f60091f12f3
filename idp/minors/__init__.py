"""Sharing below 15: child and parent together (GDPR art. 8, LIL art. 45).

The child chooses on the consent screen, as anyone does; a parent, signed in to an account of their own whose
address is confirmed, reads what was chosen and agrees; the child's own click then records the consent, which
says that it was given with a parent. A parent takes it back as easily, until the child turns 15.

Owns: parental agreements, their pages under /with-a-parent and /account/children, their mails' contents.
Does not own: who is under 15 (idp/people/ages.py), the consent screen, grants and records (consent).
Who may call it: idp/authorize, at the consent screen; idp/pages.py mounts its pages.
"""
