"""What partners are told: signed Security Event Tokens (RFC 8417), their delivery, and what came of them.

Owns: the outbox of events about grants, how each app wants to be told (push, RFC 8935; poll, RFC 8936), what
it acknowledged, and when it says that it erased what it had read.
Does not own: the decisions themselves (consent tells this room in their transaction), the way out
(foundation/outbound), who may sign in.
Who may call it: idp's assembler, commands and pages. Nothing of it stands on the path of a token or a read.

    kinds.py     the events that exist: name, address, what each says, which ask to erase
    telling.py   consent's observer: a change of a grant becomes a row of the outbox
    sets.py      the token of a row, signed anew each time it leaves
    rows.py      the statements of the outbox
    streams.py   how an app wants to be told
    backoff.py   when to try again: pure arithmetic
    push.py      one attempt, and what its answer means
    courier.py   the background task: who is due, one node an app
    poll.py      the endpoint that apps poll
    progress.py  acknowledged, refused, given up: the row and its ledger event
    erasure.py   asked, attested, overdue
    replay.py    everything since a date, or one event again
    keeping.py   how long settled events are kept
    state.py     what a person and a partner are shown of it
    overview.py  how telling goes, app by app
"""
