"""The file that explains a dossier to whoever checks it, in both languages."""

README = """\
Dossier d’une autorisation                                            ({made_at})
=====================================================================================

Autorisation {grant}, d’après le journal de {issuer}.
Tout se vérifie sans nous. N’y croyez qu’avec la clé du journal que vous avez notée vous-même
(pas avec celle de cette archive), par exemple au premier jour de votre mission.

pages/*.html         chaque page montrée, mot pour mot, sans les valeurs de la personne (elles sont
                     chiffrées avec sa clé). Le nom du fichier est le SHA-256 de son contenu ; c’est
                     celui que l’enregistrement nomme (notice.privacy_notice.version).
records/*.json       chaque décision : ce qui a été demandé, montré, répondu
receipts/*.jws       les mêmes, signées (JWS, RFC 7515)
events/*.json        chaque événement de cette autorisation : la feuille du journal, octet pour octet
events/*.tlog-proof  la preuve que cette feuille est dans le journal (C2SP tlog-proof) ; un événement
                     trop récent n’en a pas encore
reads.csv            chaque lecture : quand, par qui, quoi
notifications.json   ce qui a été dit à l’application, et ce qu’elle a répondu
checkpoint           la dernière tête signée du journal (C2SP tlog-checkpoint)
keys/                les clés publiques, telles que nous les publions

Comment vérifier
----------------
Une page :       sha256sum pages/*.html        (le nom et la somme sont égaux)
Une décision :   accord receipt verify receipts/ID.jws --keys keys/receipts.json
Un événement :   accord ledger check --leaf events/ID.json --proof events/ID.tlog-proof --vkey "$CLE"
Tous :           accord ledger check --dossier . --vkey "$CLE"

=====================================================================================
Dossier of a grant
=====================================================================================

Grant {grant}, from the log of {issuer}.
All of it can be checked without us. Believe it only under the log's key that you noted yourself
(not the one in this archive), on the first day of your mission, for example.

pages/*.html         each page that was shown, word for word, without the person's values (these are
                     encrypted under her key). A file's name is the SHA-256 of its content; it is the
                     one that the record names (notice.privacy_notice.version).
records/*.json       each decision: what was asked, shown, answered
receipts/*.jws       the same, signed (JWS, RFC 7515)
events/*.json        each event of this grant: the leaf of the log, byte for byte
events/*.tlog-proof  the proof that this leaf is in the log (C2SP tlog-proof); an event that is too
                     recent has none yet
reads.csv            each read: when, by whom, what
notifications.json   what the app was told, and what it answered
checkpoint           the last signed head of the log (C2SP tlog-checkpoint)
keys/                the public keys, as we publish them

How to check
------------
A page:          sha256sum pages/*.html        (name and sum are equal)
A decision:      accord receipt verify receipts/ID.jws --keys keys/receipts.json
An event:        accord ledger check --leaf events/ID.json --proof events/ID.tlog-proof --vkey "$KEY"
All of them:     accord ledger check --dossier . --vkey "$KEY"
"""
