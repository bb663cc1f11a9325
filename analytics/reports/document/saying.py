"""Words and numbers for the blocks of a report: sentences of the catalogue with numbers in their places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analytics.reports.document.blocks import Cell, Figure, Span, Tone
from greendc import display
from greendc.texts import catalogue
from greendc.units import from_stored

if TYPE_CHECKING:
    from greendc.display import Shown

_PLACE = re.compile(r"\{(\w+)\}")


def said(key: str, lang: str, **params: Span) -> tuple[Span, ...]:
    """Return a text of the catalogue with words and numbers in its places.

    Raises:
        KeyError: there is no such text, or a place has nothing to fill it.
    """
    parts = _PLACE.split(catalogue()[key][lang])
    spans: list[Span] = [params[part] if i % 2 else part for i, part in enumerate(parts)]
    return tuple(span for span in spans if span != "")


def plain(*spans: Span, tone: Tone = Tone.PLAIN) -> Cell:
    """Return a cell."""
    return Cell(spans=spans, tone=tone)


def figure(name: str, value: float | None, unit: str, digits: int, tone: Tone = Tone.PLAIN) -> Figure:
    """Return a number that is already in the unit in which it is printed, with so many decimals."""
    return Figure(id=name, value=value, unit=unit, shown=display.number(value, digits), tone=tone)


def shown_figure(name: str, value: float | None, stored_unit: str, shown: Shown, tone: Tone = Tone.PLAIN) -> Figure:
    """Return a number as `greendc.display` prints it: ``value`` is in ``stored_unit`` (UCUM) and is converted."""
    if value is None or shown.number == display.UNKNOWN:
        return Figure(id=name, value=None, unit=shown.unit, shown=display.UNKNOWN, tone=tone)
    return Figure(
        id=name, value=_printed(value, stored_unit, shown.unit), unit=shown.unit, shown=shown.number, tone=tone
    )


def _printed(value: float, stored_unit: str, unit: str) -> float:
    code = _CODES.get(unit, unit)
    # `greendc.display` writes compound units otherwise and never converts them.
    same = code == stored_unit or unit == stored_unit.replace("W.h", "Wh").replace("V.A", "VA")
    return value if same or not code else from_stored(value, code)


_CODES = {"kWh": "kW.h", "MWh": "MW.h", "°C": "Cel", "GB": "GBy", "m³": "m3", "K·d": "K.d"}
"""Printed units whose UCUM code is written otherwise."""
