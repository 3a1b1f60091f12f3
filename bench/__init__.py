"""Figures: the same work asked of Accord and of its peers, in one run, on one machine.

Owns how a peer is installed, configured and loaded, and the report in docs/performance.md. Peers are
installed from their registries into bench/out/ (never committed); what is kept here is our own
configuration of them. Run by hand (`python -m bench`); the test suite never times anything.
"""
