"""How often an app may ask: a request rings somebody's phone, so a flood of them wears people down.

What an app is told about its own requests depends on those alone, never on who is behind a hint: somebody
unknown, somebody who blocked the app and somebody who does not answer look the same to it.
"""

from foundation.clock import HOUR
from idp.people.throttle import Limit

MOST_OPEN = 2  # of one app, for one hint, at the same time
BY_HINT = Limit("backchannel.hint", 6, HOUR)  # of one app
BY_APP = Limit("backchannel.app", 1000, HOUR)
# Of all apps together, to one person; what is beyond waits on her page, without a mail.
MAILS = Limit("backchannel.mail", 6, HOUR)
