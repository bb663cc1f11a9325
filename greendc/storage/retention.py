"""How long a store keeps readings and what they were rolled up to, level by level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from greendc.errors import ConfigError
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from greendc.settings import Settings

NS_PER_DAY = 86_400 * NS_PER_SECOND
MAX_DAYS = 36_500

LEVELS: dict[str, int] = {"1m": 60 * NS_PER_SECOND, "15m": 900 * NS_PER_SECOND, "1h": 3600 * NS_PER_SECOND}
"""The rollups that every store keeps, by name: the length of their steps [ns]."""

RAW = "raw"


class Retention(msgspec.Struct, frozen=True):
    """Days for which each level is kept; 0 is for ever."""

    raw: int = 0
    minute: int = 0
    quarter: int = 0
    hour: int = 0

    def of(self, level: str) -> int:
        """Return how long a level is kept [ns]; 0 is for ever."""
        return {RAW: self.raw, "1m": self.minute, "15m": self.quarter, "1h": self.hour}[level] * NS_PER_DAY


FOREVER = Retention()


def retention_of(settings: Settings) -> Retention:
    """Return the retention that the settings name.

    Raises:
        ConfigError: one of them is no number of days.
    """
    return Retention(
        *(_days(settings, name) for name in ("retention_raw", *(f"retention_{level}" for level in LEVELS)))
    )


def _days(settings: Settings, name: str) -> int:
    text = settings.get(name)
    if not (text.isascii() and text.isdecimal() and int(text) <= MAX_DAYS):
        raise ConfigError.single("store.retention.days", path=name, text=text, most=str(MAX_DAYS))
    return int(text)
