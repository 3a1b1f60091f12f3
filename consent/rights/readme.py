"""The file that explains the others, in both languages: what each is, and how to check it without us."""

README = """\
Vos données Accord                                                    ({exported_at})
=====================================================================================

Tout ce qu’Accord ({issuer}) sait de vous, avec la preuve de ce qui en a été fait.
Gardez cette archive comme vos papiers : elle contient des informations personnelles.

accord.json          tout, en un seul fichier (décrit par accord.schema.json)
resume.json          votre parcours au format JSON Resume : beaucoup de sites d’emploi savent le lire.
                     Ni votre date de naissance, ni vos allocations, ni vos conseillers n’y sont.
csv/*.csv            les mêmes données pour un tableur, une partie par fichier (UTF-8, virgules).
                     Un texte qui ressemble à une formule y est précédé d’une apostrophe.
csv/reads.csv        chaque lecture de vos données : quand, par qui, quoi
history.jsonl        chaque événement, un par ligne, tel qu’il est inscrit dans notre journal
receipts/*.jws       vos reçus, signés
receipts/*.tlog-proof  la preuve de la place de chacun dans notre journal (C2SP tlog-proof)
keys/receipts.json   les clés publiques qui signent les reçus (JWK Set, RFC 7517)
keys/ledger.txt      la clé publique du journal (C2SP signed note)

Comment vérifier
----------------
Un reçu. C’est un JWS (RFC 7515) : n’importe quel outil JOSE le vérifie avec keys/receipts.json,
sans compte et sans réseau. Avec l’outil d’Accord :
    accord receipt verify receipts/….jws --keys keys/receipts.json
et, avec sa place dans le journal :
    … --proof receipts/….tlog-proof --vkey "$(cat keys/ledger.txt)"
Une ligne de l’historique. Le champ « leaf » est le texte exact qui est dans le journal. Son
empreinte est SHA-256(octet 0x00 suivi du texte) ; elle doit être celle que donne
    {issuer}/ledger/proof?event_id=<id>
dont la signature se vérifie avec keys/ledger.txt.

=====================================================================================
Your Accord data
=====================================================================================

Everything Accord ({issuer}) knows of you, with the proof of what was done with it.
Keep this archive like your papers: it holds personal information.

accord.json          everything in one file (described by accord.schema.json)
resume.json          your career as JSON Resume, which many job sites can read.
                     It has neither your date of birth, nor your benefits, nor your advisers.
csv/*.csv            the same data for a spreadsheet, a part a file (UTF-8, commas).
                     A text that looks like a formula has an apostrophe in front.
csv/reads.csv        every read of your data: when, by whom, what
history.jsonl        every event, one a line, as it stands in our log
receipts/*.jws       your receipts, signed
receipts/*.tlog-proof  the proof of each one’s place in our log (C2SP tlog-proof)
keys/receipts.json   the public keys that sign receipts (JWK Set, RFC 7517)
keys/ledger.txt      the public key of the log (C2SP signed note)

How to check
------------
A receipt is a JWS (RFC 7515): any JOSE tool verifies it with keys/receipts.json, without an
account and without a network. With Accord's own tool:
    accord receipt verify receipts/….jws --keys keys/receipts.json
and with its place in the log:
    … --proof receipts/….tlog-proof --vkey "$(cat keys/ledger.txt)"
A line of the history. Its field "leaf" is the very text that stands in the log. Its hash is
SHA-256(the byte 0x00 followed by the text); it must be the one that
    {issuer}/ledger/proof?event_id=<id>
gives, whose signature keys/ledger.txt verifies.
"""
