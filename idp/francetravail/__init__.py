"""The France Travail Connect face: what apps written for it expect, over Accord's own grants and reads.

Owns: its addresses, the words it has for scopes, the shapes of its payloads and errors, its quotas, its
logout. All of its leniency is here, and reaches only apps registered with its profile.
Does not own: sign-in, consent, codes and tokens, what a grant lets out, the record of a read: it asks the
rooms that do, and none of them knows it.
Who may call it: idp/app.py mounts it, idp/commands/clients.py registers apps with it. A contract of the
import linter says so.
"""

PROFILE = "france-travail"
REALM = "/individu"
