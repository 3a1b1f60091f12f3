"""Cap Coaching: a partner app that compares a person's skills with a job and names what is missing.

Owns: its pages, its own cookie, its sessions in memory, its list of jobs (`data/jobs.json`), and how a good
client behaves: code + PKCE, `state`, `nonce`, `iss`; partial consent, refusal, expiry, withdrawal, outages.
Does not own: identities, consent, career data. It holds a copy of what was shared, in memory, for as long as
the person is here and Accord still says yes. Run it with `python -m examples.coach`.
"""
