"""The console's further pages: searches that an auditor keeps, figures of the log, what in it looks wrong.

Figures are kept by the day, added up in the background from the log's entries (adding.py), and can be made
again from it: no page reads more of the log than a page has, and nothing on the path of a token or of a read
does anything for them.

Owns: saved views, daily counts, flagged events, their pages and charts.
Does not own: the search (consent/ledger/searching/search.py), the journal (consent/pages/audit.py), exports.
Who may call it: consent/pages mounts the pages; idp runs the job.
"""
