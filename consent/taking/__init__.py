"""What auditors take away: exports of what a filter finds, the dossier of a grant as one archive.

An export is written from the log in the order of positions, a bounded piece at a time, with one proof over
all that was taken (covering.py); a folder of its own says how far it came, so that whoever is killed goes on.

Owns: formats and the mapping to OCSF, exports and their manifest, checking both, their pages, the page of the
report on retention.
Does not own: what a filter means (consent/pages/console.py), what is kept how long (consent/retention).
Who may call it: consent/pages mounts the pages; idp runs the job and the commands.
"""
