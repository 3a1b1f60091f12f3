"""Finding events by what they say of themselves, a page at a time, never through the whole log.

Owns: filters, the index each goes by, how far one search looks, cursors. Does not own: pages, who may look,
what opens a sealed payload.
Who may call it: the auditors' console, exports, a person's history.
"""
