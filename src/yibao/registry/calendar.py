"""Working days, by the published arrangement of holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from yibao.registry.articles import facts

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """Days off, and weekend days that are worked. Years without an arrangement know weekends only."""

    off: frozenset[date]
    worked: frozenset[date]
    years: frozenset[int]

    def is_working(self, day: date) -> bool:
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def after(self, day: date, working_days: int) -> date:
        """The last day of a limit of so many working days that begins on the day after ``day``.

        >>> working_calendar().after(date(2025, 9, 26), 5)  # 28 September is worked, 1 to 8 October are off
        datetime.date(2025, 10, 10)
        """
        left = working_days
        while left > 0:
            day += _DAY
            left -= self.is_working(day)
        return day

    def before(self, day: date, working_days: int) -> date:
        """The day so many working days before ``day``."""
        left = working_days
        while left > 0:
            day -= _DAY
            left -= self.is_working(day)
        return day

    def provisional(self, day: date) -> bool:
        """Whether the holidays of that year have not been published yet."""
        return day.year not in self.years


@cache
def working_calendar() -> Calendar:
    """The calendar of the shipped arrangements."""
    said = facts("working_days.yaml")
    off = {
        date.fromisoformat(str(first)) + _DAY * n
        for first, last in said["off"]
        for n in range((date.fromisoformat(str(last)) - date.fromisoformat(str(first))).days + 1)
    }
    worked = {date.fromisoformat(str(day)) for day in said["worked"]}
    return Calendar(frozenset(off), frozenset(worked), frozenset(int(year) for year in said["sources"]))
