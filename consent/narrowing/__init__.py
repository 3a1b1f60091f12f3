"""What a person does to a grant without being asked: narrow it, let it rest, let it go on, be asked again.

Owns: the rule of what is narrower, the pages on which she does it, limits in words. A grant is never widened
here: that takes a request, so that she reads what is asked before she gives it.
Does not own: how a change is recorded (consent/decisions.py), the dashboard (consent/pages).
Who may call it: consent/pages mounts its pages and uses its words.
"""
