"""An app asks a person who is elsewhere, and she answers on her own phone (OpenID Connect CIBA Core 1.0).

Owns: the endpoint where apps ask, who is meant, what she is told and where she answers, whom she wants to
hear no more of, and the word to an app that its answer is there (ping; push is not offered).
Does not own: waiting for the answer and fetching it (idp/polling), what she is asked and how she answers
(idp/authorize, consent), how mails leave (idp/people).
Who may call it: idp's assembler; idp/clients asks registering.py.

    asked.py     a request, from hostile text to a frozen value
    signed.py    the same in an object that the app signed
    routes.py    the endpoint
    limits.py    how often somebody may be asked
    finding.py   who is meant: looked up after the answer, so that no answer tells who has an account
    rows.py      the statements
    refusing.py  not this one, and no more from this app
    pages.py     where she finds what waits for her
    pinging.py   telling an app
"""
