"""A log as files, in the layout of C2SP tlog-tiles: to be taken away, and checked without us.

    checkpoint              the signed note, with the cosignatures it has
    tile/<level>/<n>        256 hashes; `.p/<width>` where there are fewer, at the tree's right edge
    tile/entries/<n>        the leaves of 256 events, each behind its length (2 bytes); length 0: retired
    retired/<n>             which class and period the retired leaves of that bundle went with
    log.vkey, policy        for the reader's comfort; who checks has pinned keys of their own

Owns: the layout, writing it from the database, and the offline verifier, which trusts a pinned policy and
nothing else. Does not own: what a leaf says, how retired leaves are accounted for.
Who may call it: the command line, routes that serve tiles, exports.
"""
