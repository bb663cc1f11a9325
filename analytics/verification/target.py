"""What a column of a target counts, by the ending of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analytics.verification.observations import Floats

ENERGIES = {
    "kwh": "kWh",
    "mwh": "MWh",
    "gwh": "GWh",
    "wh": "Wh",
    "j": "J",
    "kj": "kJ",
    "mj": "MJ",
    "gj": "GJ",
    "btu": "Btu",
    "kbtu": "kBtu",
    "m3": "m³",
}
POWERS = {"w": "Wh", "kw": "kWh", "mw": "MWh", "gw": "GWh"}


REGISTER_SIZE = 10.0
"""A register stands at many times what it rises by in a row."""


def is_register(values: Floats) -> bool:
    """Tell whether values only rise, as a meter's register does, and are no use per row."""
    rises = np.diff(values)
    if len(rises) < 2 or (rises < 0).any():  # noqa: PLR2004 (two rises show nothing yet)
        return False
    usual = float(np.median(rises))
    return usual > 0 and float(values[0]) > REGISTER_SIZE * usual


def unit_of(name: str) -> tuple[str, bool]:
    """Return the unit of the energy that a target gives, and whether each of its rows is an energy already.

    A name that says nothing is taken for energy per row, in a unit of its own.
    """
    words = "".join(letter if letter.isalnum() else " " for letter in name.lower()).split()
    for word in reversed(words):
        if word in ENERGIES:
            return ENERGIES[word], True
        if word in POWERS:
            return POWERS[word], False
    return name, True
