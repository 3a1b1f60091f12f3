"""The ledger event of this room."""

from consent.ledger.events import Event, event


@event("account.mails_chosen", log="security")
class MailsChosen(Event):
    """She chose which mails she gets. locale: the language in which she gets them."""

    reminders: bool
    locale: str
