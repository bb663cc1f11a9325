"""What can be wrong with data, and what to call it."""

from __future__ import annotations

import datetime as dt
from enum import IntEnum
from functools import cache

import msgspec

from analytics import data
from greendc.texts import t


class Fault(IntEnum):
    """What is wrong with a series; where several hold at once, the smaller number is told."""

    NONE = 0
    CLOCK = 1
    UNIT = 2
    SENTINEL = 3
    RANGE = 4
    RESET = 5
    BACKWARDS = 6
    SPIKE = 7
    STUCK = 8
    SWAP = 9
    DRIFT = 10
    NOISE = 11
    LOSSY = 12
    DROPOUT = 13

    @property
    def key(self) -> str:
        """Return the name under which texts and records keep it."""
        return self.name.lower()

    def title(self, lang: str | None = None) -> str:
        """Return its name for a person."""
        return t(f"gate.{self.key}.title", lang)

    def explanation(self, lang: str | None = None) -> str:
        """Return how it is told."""
        return t(f"gate.{self.key}.explanation", lang)

    def action(self, lang: str | None = None) -> str:
        """Return what to do about it."""
        return t(f"gate.{self.key}.action", lang)


FAULTS = tuple(fault for fault in Fault if fault is not Fault.NONE)
MUTING = frozenset({Fault.CLOCK, Fault.UNIT, Fault.STUCK, Fault.SWAP, Fault.DRIFT, Fault.NOISE})
"""While these stand nothing that a series says is used; of the others single readings are left out."""


class Sentinel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that stands for no value, in series of some stored units."""

    value: float
    units: list[str]
    meaning: str
    source: str
    confidence: str
    valid_from: dt.date
    not_for: list[str] = []


class Conversion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mistake of units: ``new = factor * old + offset``, in series of some stored units."""

    name: str
    factor: float
    units: list[str]
    offset: float = 0.0

    def title(self, lang: str | None = None) -> str:
        """Return what was probably mistaken for what."""
        return t(f"gate.conversion.{self.name}", lang)


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: int
    sentinels: list[Sentinel]
    conversions: list[Conversion]


@cache
def _file() -> _File:
    return data.read("sensor_faults", _File)


def sentinels() -> list[Sentinel]:
    """Return the values that stand for no value."""
    return _file().sentinels


def conversions() -> list[Conversion]:
    """Return the mistakes of units that are looked for; their numbers count from 1."""
    return _file().conversions
