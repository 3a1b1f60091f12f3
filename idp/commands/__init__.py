"""The `accord` command, one file a group of subcommands.

Owns: parsing arguments, showing results to people and, with `--json`, to programs; exit codes.
Does not own: what is done (each room's functions, idp/running).
Who may call it: idp/cli.py assembles the groups.
"""
