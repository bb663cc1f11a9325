"""The elevation of a rack as SVG: one side, unit numbers, and each thing where it stands with what it draws.

What stands in it is told by the frame as everywhere: dashed is stale, dotted is without data, double is in maintenance.
"""

from __future__ import annotations

import unicodedata
from html import escape
from typing import TYPE_CHECKING

import msgspec

from analytics.overview import State
from dashboard.palette import MARKS
from greendc import display, drawing
from greendc.drawing import FONT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.palette import Palette

UNIT_PX, WIDTH_PX, LEFT_PX, TOP_PX = 17, 330, 30, 24
_AMOUNT_PX, _LETTER_PX = 68, 6.6
_DASHES = {State.STALE: "5 3", State.MISSING: "1.5 3"}


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A thing on one side: its lowest unit, how many, name and amount; ``state`` is None for what is not read.

    ``priority`` is that of its most urgent alarm, empty without one.
    """

    unit: int
    units: int
    name: str
    amount: str = ""
    state: State | None = None
    priority: str = ""


def elevation(boxes: Sequence[Box], units: int, *, title: str, desc: str, palette: Palette) -> str:
    """Return one side of a rack of ``units``, the highest at the top."""
    height = TOP_PX + units * UNIT_PX + 8
    right = WIDTH_PX - 6
    body = _text(LEFT_PX, 15, title, palette.text, weight=600)
    body += (
        f'<rect x="{LEFT_PX}" y="{TOP_PX}" width="{right - LEFT_PX}" height="{units * UNIT_PX}" '
        f'fill="{palette.page}" stroke="{palette.muted}" stroke-width="2"/>'
    )
    for unit in range(1, units + 1):
        y = TOP_PX + (units - unit) * UNIT_PX
        body += f'<line x1="{LEFT_PX}" x2="{right}" y1="{y}" y2="{y}" stroke="{palette.edge}" stroke-width="0.5"/>'
        body += _text(LEFT_PX - 6, y + UNIT_PX - 5, str(unit), palette.muted, size=10, anchor="end")
    body += "".join(_box(box, units, right, palette) for box in boxes)
    return drawing.framed(WIDTH_PX, height, title, desc, body)


def _box(box: Box, units: int, right: int, palette: Palette) -> str:
    y = TOP_PX + (units - (box.unit + box.units - 1)) * UNIT_PX + 1
    height = box.units * UNIT_PX - 2
    x, width = LEFT_PX + 3, right - LEFT_PX - 6
    grey = box.state in (State.STALE, State.MISSING)
    dashes = f' stroke-dasharray="{_DASHES[box.state]}"' if box.state in _DASHES else ""
    fill = palette.card if grey else palette.band
    frame = f'rx="2" fill="{fill}" stroke="{palette.muted}"{dashes}'
    body = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" {frame}/>'
    if box.state is State.SUPPRESSED:
        body += (
            f'<rect x="{x + 2.5}" y="{y + 2.5}" width="{width - 5}" height="{max(1, height - 5)}" fill="none" '
            f'stroke="{palette.muted}"/>'
        )
    middle = y + height / 2 + 4
    start = x + 8
    if box.priority:
        ground, ink = palette.alarms[box.priority]
        body += f'<rect x="{x + 4}" y="{middle - 11}" width="16" height="14" rx="2" fill="{ground}"/>'
        body += _text(x + 12, middle, MARKS[box.priority], ink, size=11, anchor="middle")
        start += 18
    room = (right - 10 - start - (_AMOUNT_PX if box.amount else 0)) / _LETTER_PX
    colour = palette.muted if grey else palette.text
    body += _text(start, middle, fitted(box.name, room), colour)
    return body + (_text(right - 10, middle, box.amount, colour, anchor="end") if box.amount else "")


def fitted(text: str, letters: float) -> str:
    """Return a text on one line that takes at most so many letters; wide characters count twice."""
    clean, kept, used = display.one_line(text), "", 0.0
    for mark in clean:
        used += 2 if unicodedata.east_asian_width(mark) in "WF" else 1
        if used > letters:
            return f"{kept[:-1]}…"
        kept += mark
    return kept


def _text(
    x: float, y: float, text: str, colour: str, *, size: int = 12, anchor: str = "start", weight: int = 400
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="{FONT}" font-size="{size}" font-weight="{weight}" fill="{colour}" '
        f'text-anchor="{anchor}" direction="ltr" unicode-bidi="isolate">{escape(text)}</text>'
    )
