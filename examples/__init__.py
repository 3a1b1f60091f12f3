"""Programs that use Accord from outside, as a partner would.

They own nothing of the server and import nothing of it (import-linter checks it): what they know of Accord
they read from its discovery document. Nobody imports them, except their own tests.
"""
