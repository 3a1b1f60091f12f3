"""The career profile: what it is made of, where it is kept, what a grant releases of it.

Owns: the fields of each dataset, their validation, the sealed store, the release, the ROME subset, the
demonstration people.
Does not own: who asks and what was chosen (consent/), the account's e-mail address (idp/people).
Who may call it: consent and idp. One dataset is one sealed list of items; a dataset of which a person has
one at most (her contact details, say) is a list of one.
"""
