"""The pages of this room: what events mean, a partner's deliveries, what a person and an auditor see of them.

Owns: their routes and what each template is given. Does not own: the rules (the files above).
Who may call it: idp's assembler; the authorize room shows the page of an app that may ask nothing.
"""
