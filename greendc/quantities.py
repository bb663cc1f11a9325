"""The data dictionary: every quantity greendc can store, a closed vocabulary.

A key ends in its stored unit, so that a name cannot be read in the wrong unit. Titles are in the catalogue under
``quantities.*``.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files

import msgspec

from greendc.texts import t


class Kind(StrEnum):
    """How a quantity behaves in time."""

    GAUGE = "gauge"
    COUNTER = "counter"
    STATE = "state"


class Quantity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of the data dictionary.

    ``unit`` is the stored unit (UCUM); ``low`` and ``high`` bound what is plausible at all, in that unit. ``states``
    gives the code of each state of a state quantity. ``otel`` is the OpenTelemetry instrument name and ``brick`` the
    Brick class, where one exists.
    """

    key: str
    unit: str
    kind: Kind = Kind.GAUGE
    low: float
    high: float
    states: dict[str, int] = {}
    otel: str = ""
    brick: str = ""

    def title(self, lang: str | None = None) -> str:
        """Return the name a person reads."""
        return t(f"quantities.{self.key}", lang)

    def state_name(self, value: float) -> str:
        """Return the name of a state's code, ``unknown`` when there is none."""
        return next((name for name, code in self.states.items() if code == value), "unknown")


@cache
def quantities() -> dict[str, Quantity]:
    """Return the whole vocabulary by key."""
    text = files("greendc").joinpath("data/quantities.toml").read_text("utf-8")
    return {
        key: msgspec.convert({"key": key, **fields}, Quantity, strict=False)
        for key, fields in tomllib.loads(text).items()
    }


def quantity(key: str) -> Quantity:
    """Return one quantity.

    Raises:
        KeyError: the vocabulary has no such key.
    """
    return quantities()[key]
