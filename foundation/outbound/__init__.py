"""What leaves: the one way in which the server fetches or sends anything over HTTP.

Owns: which addresses may be reached, the connection to the very address that was checked, limits of time,
size and number, and the error a fetch ends in.
Does not own: what a fetched document means, how long it may be kept, who is told when it fails.
Who may call it: every room. A fetch is never made inside a unit of the database.

    targets.py    an address parsed once; the operator's list of exempt hosts
    addresses.py  which IP addresses belong to the public Internet
    network.py    sockets: resolve once, check, connect to what was checked, count what is read
    problems.py   `OutboundError`, and the reason behind each code
    fetching.py   `Outbound.fetch`: one GET; `Outbound.post`: one POST; an answer, or an `OutboundError`

The addresses come from outsiders (an app says where its keys are), so each fetch is one that an attacker
may have chosen: what it could reach in our network, and how it could hold us up, is decided here.
"""
