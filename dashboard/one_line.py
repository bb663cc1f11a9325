"""The one-line diagram as SVG: supplies at the top, buses as bars, boxes below what feeds them.

Boxes keep the four states apart by their frames: dashed is stale, dotted is unknown, hatched is estimated, a double
edge with a wrench is maintenance. Alarms are shapes in their hue with a number; nothing else is coloured.
"""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from analytics.overview.figure import State
from dashboard.palette import MARKS
from greendc import drawing
from greendc.drawing import FONT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.palette import Palette

WIDTH = 1200
ROW_GAP, COLUMN_GAP, EDGE = 52, 14, 8
WIDEST, LINE = 224, 18
PAD = 10
_BOLD, _PLAIN = 7.3, 6.4
"""Width [px] of a Latin letter of the first two lines and of the others; a Chinese one takes two."""
_WIDE = 0x2E80


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What one box says: ``lines`` from its name down. ``feeds`` are the names of the boxes above it."""

    name: str
    level: int
    feeds: tuple[str, ...]
    lines: tuple[str, ...]
    state: State = State.FRESH
    alarm: str = ""
    acknowledged: bool = False
    count: int = 0


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """Where a box lies, as shares of the drawing's width and height."""

    name: str
    left: float
    top: float
    width: float
    height: float


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """The SVG and where its boxes lie."""

    svg: str
    spots: tuple[Spot, ...]


def one_line(cells: Sequence[Cell], colours: Palette, *, title: str, desc: str) -> Drawing:
    """Return the diagram of boxes; it scales with the width it is given."""
    rows: dict[int, list[Cell]] = {}
    for cell in cells:
        rows.setdefault(cell.level, []).append(cell)
    most = max((len(row) for row in rows.values()), default=1)
    wide = min(WIDEST, (WIDTH - 2 * EDGE - (most - 1) * COLUMN_GAP) / most)
    places, height = _places(rows, wide)
    body = f"<defs>{_hatching(colours)}</defs>{_wires(cells, places, colours)}"
    body += "".join(_box(cell, places[cell.name], colours) for cell in cells)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0f}" '
        f'viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'
        f"<desc>{escape(desc)}</desc>{body}</svg>"
    )
    spots = tuple(
        Spot(name=name, left=x / WIDTH, top=y / height, width=w / WIDTH, height=h / height)
        for name, (x, y, w, h) in places.items()
    )
    return Drawing(svg=svg, spots=spots)


_Place = tuple[float, float, float, float]


def _places(rows: Mapping[int, Sequence[Cell]], wide: float) -> tuple[dict[str, _Place], float]:
    """Return left, top, width and height of each box, and the height of all."""
    places: dict[str, _Place] = {}
    top = float(EDGE)
    for level in sorted(rows):
        row = rows[level]
        tall = PAD * 1.6 + LINE * max(len(cell.lines) for cell in row)
        middles = _middles(row, places, wide)
        for cell, middle in zip(row, middles, strict=True):
            places[cell.name] = (middle - wide / 2, top, wide, tall)
        top += tall + ROW_GAP
    return places, top - ROW_GAP + EDGE


def _middles(row: Sequence[Cell], places: Mapping[str, _Place], wide: float) -> list[float]:
    """Return the middle of each box: below what feeds it where it hangs on one box, else evenly spread."""
    step = (WIDTH - 2 * EDGE) / len(row)
    wished = [EDGE + step * (i + 0.5) for i in range(len(row))]
    if all(len(cell.feeds) == 1 and cell.feeds[0] in places for cell in row):
        wished = [places[cell.feeds[0]][0] + places[cell.feeds[0]][2] / 2 for cell in row]
    order = sorted(range(len(row)), key=lambda i: wished[i])
    apart, middles = wide + COLUMN_GAP, list(wished)
    for left, right in pairwise(order):
        middles[right] = max(middles[right], middles[left] + apart)
    over = max(0.0, max(middles) + wide / 2 + EDGE - WIDTH)
    return [middle - over for middle in middles]


def _wires(cells: Sequence[Cell], places: Mapping[str, _Place], colours: Palette) -> str:
    """Return the lines between boxes: one bar for all boxes that hang on the same ones."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for cell in cells:
        feeds = tuple(name for name in cell.feeds if name in places)
        if feeds:
            groups.setdefault(feeds, []).append(cell.name)
    drawn = ""
    for feeds, names in groups.items():
        below = [places[name] for name in names]
        above = [places[name] for name in feeds]
        y = min(top for _, top, _, _ in below) - ROW_GAP / 2
        ends = [x + w / 2 for x, _, w, _ in (*above, *below)]
        thick = 6 if len(feeds) > 1 else 2
        if max(ends) - min(ends) < 1.0:
            drawn += _line(ends[0], above[0][1] + above[0][3], ends[0], below[0][1], colours.line, 2)
            continue
        drawn += _line(min(ends), y, max(ends), y, colours.line, thick)
        for x, top, w, h in above:
            drawn += _line(x + w / 2, top + h, x + w / 2, y, colours.line, 2)
        for x, top, w, _ in below:
            drawn += _line(x + w / 2, y, x + w / 2, top, colours.line, 2)
    return drawn


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}" '
        'stroke-linecap="square"/>'
    )


def _box(cell: Cell, place: _Place, colours: Palette) -> str:
    x, y, w, h = place
    frame = {
        State.STALE: f'stroke="{colours.muted}" stroke-dasharray="7 5"',
        State.MISSING: f'stroke="{colours.muted}" stroke-dasharray="1.5 4" stroke-linecap="round"',
        State.SUPPRESSED: f'stroke="{colours.muted}"',
    }.get(cell.state, f'stroke="{colours.line}"')
    fill = "url(#hatch)" if cell.state is State.ESTIMATED else colours.page
    drawn = (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="4" fill="{fill}" {frame} '
        'stroke-width="1.5"/>'
    )
    room = w - 2 * PAD - (26 if cell.alarm else 0)
    if cell.state is State.SUPPRESSED:
        drawn += (
            f'<rect x="{x + 4:.1f}" y="{y + 4:.1f}" width="{w - 8:.1f}" height="{h - 8:.1f}" rx="2" fill="none" '
            f"{frame}/>{_placed(drawing.wrench(colours.muted), x + w - 28, y + h - 26)}"
        )
    quiet = cell.state in {State.STALE, State.MISSING}
    rooms = (room, *[w - 2 * PAD] * len(cell.lines))
    for i, text in enumerate(cell.lines):
        ink = colours.muted if quiet or i > 1 else colours.text
        bold = ' font-weight="600"' if i <= 1 else ""
        drawn += (
            f'<text x="{x + PAD:.1f}" y="{y + PAD + 10 + i * LINE:.1f}" font-family="{FONT}" font-size="13" '
            f'fill="{ink}"{bold}>{escape(_fitted(text, rooms[i], _BOLD if bold else _PLAIN))}</text>'
        )
    return drawn + (_alarm(cell, x + w - 20, y + 18, colours) if cell.alarm else "")


def _placed(svg: str, x: float, y: float) -> str:
    """Return a small drawing as a part of a larger one."""
    return svg.replace("<svg ", f'<svg x="{x:.1f}" y="{y:.1f}" ', 1)


def _alarm(cell: Cell, x: float, y: float, colours: Palette) -> str:
    """Return the shape of an alarm, filled while nobody has seen it, with the number of alarms when there are more."""
    ground, _ink = colours.alarms[cell.alarm]
    shape = {
        MARKS["critical"]: f"M{x} {y - 9}L{x + 10} {y + 8}H{x - 10}Z",
        MARKS["high"]: f"M{x} {y - 10}L{x + 10} {y}L{x} {y + 10}L{x - 10} {y}Z",
        MARKS["medium"]: f"M{x - 8} {y - 8}H{x + 8}V{y + 8}H{x - 8}Z",
        MARKS["low"]: f"M{x - 8} {y}a8 8 0 1 0 16 0a8 8 0 1 0 -16 0Z",
    }[MARKS[cell.alarm]]
    fill = "none" if cell.acknowledged else ground
    number = (
        f'<text x="{x:.1f}" y="{y + 24:.1f}" font-family="{FONT}" font-size="12" fill="{colours.text}" '
        f'text-anchor="middle">{cell.count}</text>'
        if cell.count > 1
        else ""
    )
    return f'<path d="{shape}" fill="{fill}" stroke="{ground}" stroke-width="2"/>{number}'


def _hatching(colours: Palette) -> str:
    return (
        '<pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="8" height="8" fill="{colours.page}"/>'
        f'<line x1="0" y1="0" x2="0" y2="8" stroke="{colours.line_soft}"/></pattern>'
    )


def _fitted(text: str, room: float, letter_px: float) -> str:
    """Return a text that is cut to a width [px]."""
    used, kept = 0.0, ""
    for letter in text:
        used += letter_px * (2 if ord(letter) >= _WIDE else 1)
        if used > room:
            return f"{kept[:-1]}…"
        kept += letter
    return kept
