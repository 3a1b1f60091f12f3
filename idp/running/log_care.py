"""What `accord doctor` says of the log's name, and of whether database and keys are of one moment."""

from consent.ledger.sequencing.apart import HeadFile
from consent.ledger.sequencing.origins import Standing, standing
from idp.backup.making import matched
from idp.context import Server
from idp.running.opening import ledger_origin

Finding = tuple[str, bool, str]  # what was looked at, whether it is well, a sentence


async def log_standing(server: Server) -> Standing:
    """How the log stands to what was signed of it."""
    settings = server.settings
    return await standing(server.db, HeadFile(settings.head_path), ledger_origin(settings))


async def restore_findings(server: Server) -> list[Finding]:
    """Whether this database is the one that last signed, and whether everybody in it has keys."""
    log, people = await log_standing(server), await matched(server)
    says = log.message() + (": the next start opens a new name" if log.missing is not None else "")
    keys = "everybody has keys"
    if people.people_without_keys:
        keys = f"{people.people_without_keys} people have none: restore both of one backup, or erase them"
    return [("log", log.missing is None, says), ("people's keys", not people.people_without_keys, keys)]
