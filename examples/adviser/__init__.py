"""Cap Conseil, a sample tool for an adviser whose job seeker answers on her own phone (OpenID Connect CIBA).

A separate program: it knows Accord over the wire alone. How it speaks to Accord (discovery, the guarded way
out, ID tokens, the data API) it has from examples/coach.
"""
