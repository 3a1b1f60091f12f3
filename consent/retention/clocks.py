"""When a month of a class may go. Pure.

The security log has a number of months. The consent log proves what people agreed to: it stays as long as a
grant with an event in it may be argued about, which is until so many years after that grant ended.
"""

from typing import NamedTuple

from consent.ledger.retiring.retired import Period
from consent.rights.periods import after_years
from foundation.clock import month_of, month_start


class Clocks(NamedTuple):
    """security_months: what the security log keeps. consent_years: the limitation period."""

    security_months: int
    consent_years: int

    def may_go(self, period: Period, grants_ended_at: int | None) -> int:
        """From when on it may (microseconds). grants_ended_at: when the last of its grants ends, if any."""
        end = month_start(period.month, 1)
        if period.log == "security":
            return month_start(month_of(end), self.security_months)
        return max(after_years(moment, self.consent_years) for moment in (end, grants_ended_at or end))
