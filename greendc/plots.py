"""Charts as SVG text: bars with errors, a whole in parts, load duration, scatter, calendar.

Grey with one accent, labels beside what they name, nothing outside of the frame; no script, no link.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import msgspec

from greendc.display import UNKNOWN
from greendc.drawing import PLAIN, Ink, framed, label, nice_ticks, path

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 720, 240
WIDE_PX, NARROW_PX = 12.0, 6.8
LEFT, TOP, BOTTOM = 52.0, 24.0, 30.0
_GAP = 6.0
_LEAST_STEP = 40.0


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One bar; None is a dash. ``low`` and ``high`` are the ends of its error, ``faint`` is not proven."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    faint: bool = False
    label: str = ""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A line across the bars: a baseline, or with ``strong`` a target."""

    name: str
    value: float
    strong: bool = False


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a whole, 0 or more."""

    name: str
    value: float
    label: str = ""


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """A line whose values are spread evenly over the width."""

    name: str
    values: tuple[float, ...]


class Axes(msgspec.Struct, frozen=True, kw_only=True):
    """The names of the two axes, with their units."""

    across: str
    up: str


class _Frame(msgspec.Struct, frozen=True, kw_only=True):
    """Where values stand [px]: the plot's edges, and what lies at its bottom and top."""

    left: float
    right: float
    top: float
    bottom: float
    low: float
    high: float

    def y(self, value: float) -> float:
        """Return the height of a value, kept within the plot."""
        share = (value - self.low) / (self.high - self.low)
        return self.bottom - (self.bottom - self.top) * min(1.0, max(0.0, share))


def text_px(text: str) -> float:
    """Return about how wide a text of 12 px is [px]; Chinese letters are twice as wide as others."""
    return sum(WIDE_PX if unicodedata.east_asian_width(letter) in "WF" else NARROW_PX for letter in text)


def fitted(text: str, width_px: float) -> str:
    """Return a text that is no wider than ``width_px``, cut with an ellipsis where it must be."""
    if text_px(text) <= width_px:
        return text
    kept = text
    while kept and text_px(f"{kept}…") > width_px:
        kept = kept[:-1]
    return f"{kept}…" if kept else ""


def bars(
    given: Sequence[Bar],
    *,
    unit: str,
    title: str,
    desc: str = "",
    marks: Sequence[Mark] = (),
    floor: float = 0.0,
    height: int = HEIGHT,
    ink: Ink = PLAIN,
) -> str:
    """Return bars that stand on ``floor`` with their errors; what is not proven is hollow, a target is the accent."""
    known = [value for one in given for value in (one.value, one.low, one.high) if value is not None]
    known += [mark.value for mark in marks]
    if not known:
        return _nothing(title, desc, ink)
    room = max((text_px(mark.name) for mark in marks), default=0.0)
    right = WIDTH - min(200.0, room + 2 * _GAP) - _GAP
    frame = _frame(right, [floor, *known], height)
    step = (frame.right - frame.left) / len(given)
    drawn = [_grid(frame, unit, ink)]
    every = _every([one.name for one in given], step)
    for i, one in enumerate(given):
        middle = frame.left + step * (i + 0.5)
        drawn.append(_bar(frame, one, middle, min(36.0, step * 0.6), floor, ink))
        if i % every == 0:
            drawn.append(label(middle, frame.bottom + 16, fitted(one.name, step * every - 2), ink, "middle"))
    drawn += _marks(frame, marks, ink)
    for i, one in enumerate(given):
        drawn.append(_bar_label(frame, one, frame.left + step * (i + 0.5), min(36.0, step * 0.6), ink))
    return framed(WIDTH, height, title, desc, "".join(drawn))


def _every(names: Sequence[str], step: float) -> int:
    """Return which of the names are written, every n-th: none may be cut until it reads like another, as months do."""
    every = max(1, round(_LEAST_STEP / step + 0.499))
    while every < len(names):
        written = names[::every]
        if len({fitted(name, step * every - 2) for name in written}) == len(set(written)):
            break
        every += 1
    return every


def split(parts: Sequence[Part], *, title: str, desc: str = "", ink: Ink = PLAIN) -> str:
    """Return one bar of a whole with its parts, each with its name and its share below."""
    whole = sum(part.value for part in parts)
    if whole <= 0:
        return _nothing(title, desc, ink)
    left, width, height = 8.0, WIDTH - 16.0, 104
    fills = (ink.accent, ink.line, ink.soft, ink.band)
    drawn, at = [], left
    for i, part in enumerate(parts):
        size = width * part.value / whole
        fill = fills[min(i, len(fills) - 1)]
        drawn.append(f'<rect x="{at:.1f}" y="10" width="{size:.1f}" height="28" fill="{fill}" stroke="{ink.paper}"/>')
        at += size
    slot = width / len(parts)
    for i, part in enumerate(parts):
        x, fill = left + slot * i, fills[min(i, len(fills) - 1)]
        share = f"{100 * part.value / whole:.1f} %"
        drawn.append(f'<rect x="{x:.1f}" y="54" width="10" height="10" fill="{fill}"/>')
        drawn.append(label(x + 16, 63, fitted(part.name, slot - 20), ink, "start"))
        drawn.append(
            label(x + 16, 82, fitted(" · ".join(t for t in (part.label, share) if t), slot - 20), ink, "start")
        )
    return framed(WIDTH, height, title, desc, "".join(drawn))


def duration(
    curves: Sequence[Curve], *, unit: str, title: str, desc: str = "", across: str = "", ink: Ink = PLAIN
) -> str:
    """Return curves that fall from left to right over the share of time, each named at its end."""
    known = [value for curve in curves for value in curve.values]
    if not known:
        return _nothing(title, desc, ink)
    right = WIDTH - min(200.0, max(text_px(curve.name) for curve in curves) + 2 * _GAP) - _GAP
    frame = _frame(right, [0.0, *known])
    drawn = [_grid(frame, unit, ink), *_shares(frame, across, ink)]
    ends: list[float] = []
    for i, curve in enumerate(curves):
        points = _spread(frame, _thinned(curve.values))
        drawn.append(path(points, ink.accent if i == 0 else ink.line, 1.8, "" if i == 0 else "6 3"))
        end = _apart(frame.y(curve.values[-1]) + 4, ends, frame)
        ends.append(end)
        drawn.append(label(frame.right + _GAP, end, fitted(curve.name, WIDTH - frame.right - _GAP), ink, "start"))
    return framed(WIDTH, HEIGHT, title, desc, "".join(drawn))


def scatter(points: Sequence[tuple[float, float]], *, axes: Axes, title: str, desc: str = "", ink: Ink = PLAIN) -> str:
    """Return a dot for each (across, up)."""
    if not points:
        return _nothing(title, desc, ink)
    frame = _frame(WIDTH - 12.0, [up for _, up in points])
    ticks = nice_ticks(*_range([across for across, _ in points]))
    low, high = ticks[0], ticks[-1]
    drawn = [_grid(frame, axes.up, ink)]
    for tick in ticks:
        x = frame.left + (frame.right - frame.left) * (tick - low) / (high - low)
        anchor = "end" if tick == ticks[-1] else "middle"
        drawn.append(label(x, frame.bottom + 14, f"{tick:g}", ink, anchor))
    for across, up in points:
        x = frame.left + (frame.right - frame.left) * (across - low) / (high - low)
        drawn.append(f'<circle cx="{x:.1f}" cy="{frame.y(up):.1f}" r="2.4" fill="{ink.accent}" fill-opacity="0.7"/>')
    drawn.append(label((frame.left + frame.right) / 2, HEIGHT - 2, fitted(axes.across, 400), ink, "middle"))
    return framed(WIDTH, HEIGHT, title, desc, "".join(drawn))


def calendar(
    shares: Mapping[dt.date, float | None],
    *,
    enough: float,
    title: str,
    desc: str = "",
    legend: str = "",
    ink: Ink = PLAIN,
) -> str:
    """Return a row for each month and a square for each day: dark where at least the share ``enough`` is known."""
    months = sorted({(day.year, day.month) for day in shares})
    left, cell = 64.0, 20.0
    height = round(TOP + cell * len(months) + 28)
    drawn = [
        label(left + cell * (day - 0.5), TOP - 8, str(day), ink, "middle") for day in range(1, 32) if day in _NAMED_DAYS
    ]
    for row, (year, month) in enumerate(months):
        drawn.append(label(left - _GAP, TOP + cell * row + 14, f"{year}-{month:02d}", ink, "end"))
    for day, share in sorted(shares.items()):
        x, y = left + cell * (day.day - 1), TOP + cell * months.index((day.year, day.month))
        drawn.append(_day(x, y, cell - 2, share, enough, ink))
    drawn.append(label(left, height - 8, fitted(legend, WIDTH - left), ink, "start"))
    return framed(WIDTH, height, title, desc, "".join(drawn))


_NAMED_DAYS = frozenset((1, 5, 10, 15, 20, 25, 31))


def _day(x: float, y: float, size: float, share: float | None, enough: float, ink: Ink) -> str:
    """Return a square: dark where enough is known, in the accent where less is, struck out where nothing is."""
    if not share:
        return (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{size:.1f}" height="{size:.1f}" fill="none" stroke="{ink.soft}"/>'
            f'<path d="M{x + 4:.1f} {y + 4:.1f}L{x + size - 4:.1f} {y + size - 4:.1f}" stroke="{ink.accent}"/>'
        )
    fill = ink.line if share >= enough else ink.accent
    opacity = 1.0 if share >= enough else 0.2 + 0.5 * share
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{size:.1f}" height="{size:.1f}" fill="{fill}" '
        f'fill-opacity="{opacity:.2f}"/>'
    )


def _bar(frame: _Frame, one: Bar, middle: float, width: float, floor: float, ink: Ink) -> str:
    if one.value is None:
        return label(middle, frame.bottom - 4, UNKNOWN, ink, "middle")
    top, foot = sorted((frame.y(one.value), frame.y(floor)))
    style = f'fill="{ink.paper}" stroke="{ink.soft}"' if one.faint else f'fill="{ink.line}"'
    drawn = f'<rect x="{middle - width / 2:.1f}" y="{top:.1f}" width="{width:.1f}" height="{foot - top:.1f}" {style}/>'
    if one.low is not None and one.high is not None:
        low, high = frame.y(one.low), frame.y(one.high)
        shape = f"M{middle:.1f} {low:.1f}V{high:.1f}M{middle - 4:.1f} {low:.1f}h8M{middle - 4:.1f} {high:.1f}h8"
        drawn += f'<path d="{shape}" stroke="{ink.text}" stroke-width="1.2" fill="none"/>'
    return drawn


def _bar_label(frame: _Frame, one: Bar, middle: float, width: float, ink: Ink) -> str:
    """Return what is written above a bar, on paper of its own: a line across the bars does not strike it out."""
    size = text_px(one.label)
    if one.value is None or not one.label or size > width * 2:
        return ""
    known = [one.value] if one.low is None or one.high is None else [one.value, one.low, one.high]
    y = max(12.0, min(frame.y(value) for value in known) - 4)
    paper = f'<rect x="{middle - size / 2:.1f}" y="{y - 11:.1f}" width="{size:.1f}" height="13" fill="{ink.paper}"/>'
    return paper + label(middle, y, one.label, ink, "middle")


def _marks(frame: _Frame, marks: Sequence[Mark], ink: Ink) -> list[str]:
    drawn = []
    places: list[float] = []
    for mark in sorted(marks, key=lambda mark: -mark.value):
        y = frame.y(mark.value)
        colour, dash = (ink.accent, "") if mark.strong else (ink.text, ' stroke-dasharray="4 3"')
        drawn.append(
            f'<line x1="{frame.left:.1f}" x2="{frame.right:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" '
            f'stroke-width="1.4"{dash}/>'
        )
        place = _apart(y + 4, places, frame)
        places.append(place)
        drawn.append(label(frame.right + _GAP, place, fitted(mark.name, WIDTH - frame.right - _GAP), ink, "start"))
    return drawn


def _apart(wanted: float, taken: Sequence[float], frame: _Frame) -> float:
    """Return the place of a label [px], below those that are there already, else above all of them."""
    place = wanted
    for other in sorted(taken):
        if abs(place - other) < 13:  # noqa: PLR2004 (the height of a line of text)
            place = other + 13
    return place if place <= frame.bottom + 4 else max(12.0, min([wanted, *taken]) - 13)


def _grid(frame: _Frame, unit: str, ink: Ink) -> str:
    drawn = label(max(frame.left, text_px(unit)), frame.top - 10, unit, ink, "end")
    for tick in nice_ticks(frame.low, frame.high):
        if not frame.low - 1e-9 <= tick <= frame.high + 1e-9:
            continue
        y = frame.y(tick)
        drawn += f'<line x1="{frame.left:.1f}" x2="{frame.right:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="{ink.band}"/>'
        drawn += label(frame.left - _GAP, y + 4, fitted(f"{tick:g}", frame.left - _GAP), ink, "end")
    return drawn


def _shares(frame: _Frame, across: str, ink: Ink) -> list[str]:
    drawn = [
        label(
            frame.left + (frame.right - frame.left) * share / 100,
            frame.bottom + 14,
            f"{share} %",
            ink,
            "end" if share == 100 else "middle",  # noqa: PLR2004 (the end of the axis)
        )
        for share in (0, 25, 50, 75, 100)
    ]
    return [*drawn, label((frame.left + frame.right) / 2, HEIGHT - 2, fitted(across, 400), ink, "middle")]


def _frame(right: float, values: Sequence[float], height: int = HEIGHT) -> _Frame:
    ticks = nice_ticks(*_range(values))
    return _Frame(left=LEFT, right=right, top=TOP, bottom=height - BOTTOM, low=ticks[0], high=ticks[-1])


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = max(abs(high) * 0.01, 1e-9)
    return (low, high) if high - low > margin else (low - margin, high + margin)


_MOST_POINTS = 400


def _thinned(values: Sequence[float]) -> list[float]:
    """Return at most `_MOST_POINTS` of many values, evenly, the first and the last among them."""
    if len(values) <= _MOST_POINTS:
        return list(values)
    last = len(values) - 1
    return [values[round(i * last / (_MOST_POINTS - 1))] for i in range(_MOST_POINTS)]


def _spread(frame: _Frame, values: Sequence[float]) -> list[tuple[float, float] | None]:
    width = frame.right - frame.left
    return [(frame.left + width * i / max(1, len(values) - 1), frame.y(value)) for i, value in enumerate(values)]


def _nothing(title: str, desc: str, ink: Ink) -> str:
    middle = HEIGHT / 2
    line = f'<line x1="8" x2="{WIDTH - 8}" y1="{middle}" y2="{middle}" stroke="{ink.soft}" stroke-dasharray="3 4"/>'
    return framed(WIDTH, HEIGHT, title, desc, line)
