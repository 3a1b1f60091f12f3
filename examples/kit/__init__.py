"""What each of our sample apps needs and none is about: a program, its settings, its pages.

Owns: reading settings from the environment, serving, the frame of a page and its clothes, texts in two
languages, the visitor's cookie, unforgeable forms, security headers. Nothing here knows OAuth: how an app
speaks to Accord is in the apps themselves. Who may import it: they; it imports none of them.
"""
