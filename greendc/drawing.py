"""Small SVG drawings as text: spark line, bullet bar, trend. One drawing serves page and report; no script, no link.

A gap in a series is a gap: a line ends before it and begins again after it. Every drawing names itself (``title``) and
says in words what it shows (``desc``), and all text is escaped.
"""

from __future__ import annotations

import base64
import datetime as dt
import math
from html import escape
from typing import TYPE_CHECKING

import msgspec

from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

FONT = "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans',sans-serif"
DASHES = ("", "6 3", "2 3", "8 3 2 3")
_DOT = 1.6


class Ink(msgspec.Struct, frozen=True, kw_only=True):
    """The colours of a drawing, ``#rrggbb``. The default is the grey of a light page; ``accent`` marks what matters."""

    line: str = "#4A5B6C"
    soft: str = "#C3CBD2"
    band: str = "#DDE2E6"
    text: str = "#1F2933"
    limit: str = "#1F2933"
    paper: str = "#F7F8F8"
    accent: str = "#0B6E99"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a trend: a value per time, None where nothing is known."""

    name: str
    values: list[float | None]


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """The marks of a bullet bar, all in the unit of its value.

    ``low`` and ``high`` are the ends of the bar, ``band`` the normal range; ``limit`` must not be passed and ``target``
    is wished for.
    """

    low: float
    high: float
    band: tuple[float, float] | None = None
    limit: float | None = None
    target: float | None = None


PLAIN = Ink()


def spark(
    values: Sequence[float | None],
    *,
    title: str,
    desc: str = "",
    width: int = 160,
    height: int = 32,
    ink: Ink = PLAIN,
) -> str:
    """Return a line without axes, its last known value marked by a dot."""
    known = [value for value in values if value is not None]
    body = ""
    if known:
        low, high = _span(known)
        points = [
            None if value is None else (_x(i, len(values), 2, width - 4), _y(value, low, high, 3, height - 3))
            for i, value in enumerate(values)
        ]
        body = path(points, ink.line, 1.5)
        last = next(point for point in reversed(points) if point is not None)
        body += f'<circle cx="{last[0]:.1f}" cy="{last[1]:.1f}" r="2.4" fill="{ink.line}"/>'
    else:
        middle = height / 2
        body = f'<line x1="2" x2="{width - 2}" y1="{middle}" y2="{middle}" stroke="{ink.soft}" stroke-dasharray="3 4"/>'
    return framed(width, height, title, desc, body)


def bullet(
    value: float | None,
    scale: Scale,
    *,
    title: str,
    desc: str = "",
    width: int = 240,
    height: int = 18,
    ink: Ink = PLAIN,
) -> str:
    """Return a bar of the value over its normal band, a thick tick at the limit and a thin one at the target."""

    def at(mark: float) -> float:
        share = (mark - scale.low) / (scale.high - scale.low) if scale.high > scale.low else 0.0
        return round(1 + (width - 2) * min(1.0, max(0.0, share)), 1)

    middle = height / 2
    body = f'<rect x="1" y="{middle - 5}" width="{width - 2}" height="10" fill="{ink.paper}" stroke="{ink.soft}"/>'
    if scale.band is not None:
        start, end = at(scale.band[0]), at(scale.band[1])
        body += (
            f'<rect x="{start}" y="{middle - 5}" width="{max(0.0, end - start):.1f}" height="10" fill="{ink.band}"/>'
        )
    if value is not None:
        body += f'<rect x="1" y="{middle - 2}" width="{at(value) - 1:.1f}" height="4" fill="{ink.line}"/>'
        body += f'<circle cx="{at(value)}" cy="{middle}" r="4" fill="{ink.line}" stroke="{ink.paper}"/>'
    if scale.target is not None:
        x = at(scale.target)
        body += (
            f'<line x1="{x}" x2="{x}" y1="1" y2="{height - 1}" stroke="{ink.limit}" stroke-width="1" '
            'stroke-dasharray="2 2"/>'
        )
    if scale.limit is not None:
        x = at(scale.limit)
        body += f'<line x1="{x}" x2="{x}" y1="1" y2="{height - 1}" stroke="{ink.limit}" stroke-width="2.5"/>'
    return framed(width, height, title, desc, body)


def trend(  # noqa: PLR0913 (a drawing has axes, a size, colours and two texts)
    times_ns: Sequence[int],
    lines: Sequence[Line],
    *,
    zone: dt.tzinfo,
    unit: str,
    title: str,
    desc: str = "",
    width: int = 720,
    height: int = 220,
    ink: Ink = PLAIN,
) -> str:
    """Return a chart of lines over time with labelled axes; dashes and a name at the end tell them apart.

    Args:
        times_ns: instants [ns], ascending, one for each value of every line.
        lines: the lines; a value of None leaves a gap.
        zone: zone of the time axis.
        unit: unit of the values, shown at the value axis.
        title: name of the drawing.
        desc: what it shows, in words.
        width: width in pixels.
        height: height in pixels.
        ink: colours.
    """
    left, right, top, bottom = 52, width - 96, 22, height - 24
    known = [value for line in lines for value in line.values if value is not None]
    if not known or not times_ns:
        return spark([], title=title, desc=desc, width=width, height=height, ink=ink)
    ticks = nice_ticks(*_span(known))
    low, high = min(ticks[0], *known), max(ticks[-1], *known)
    body = label(left, top - 9, unit, ink, "end")
    for tick in ticks:
        y = _y(tick, low, high, top, bottom)
        body += f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="{ink.band}"/>'
        body += label(left - 6, y + 4, f"{tick:g}", ink, "end")
    start, end = times_ns[0], max(times_ns[-1], times_ns[0] + 1)
    places = [left + (right - left) * (time - start) / (end - start) for time in times_ns]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        when = dt.datetime.fromtimestamp((start + (end - start) * share) // NS_PER_SECOND, tz=dt.UTC).astimezone(zone)
        body += label(left + (right - left) * share, bottom + 16, f"{when:%H:%M}", ink, "middle")
    for i, line in enumerate(lines):
        points = [
            None if value is None else (x, _y(value, low, high, top, bottom))
            for x, value in zip(places, line.values, strict=True)
        ]
        body += path(points, ink.line, 1.6, DASHES[i % len(DASHES)])
        last = next((point for point in reversed(points) if point is not None), None)
        if last is not None:
            body += label(right + 6, last[1] + 4, line.name, ink, "start")
    return framed(width, height, title, desc, body)


def wrench(colour: str, size: int = 16) -> str:
    """Return the mark of maintenance: a spanner."""
    shape = (
        "M15 4.5a4 4 0 0 1-5.3 3.8L4.4 13.6a1.4 1.4 0 0 1-2-2l5.3-5.3A4 4 0 0 1 13 1.6L10.6 4 12 5.4 14.4 3q.6.7.6 1.5z"
    )
    body = f'<path transform="scale({size / 16:g})" d="{shape}" fill="{colour}"/>'
    return framed(size, size, "", "", body)


def nice_ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Return round numbers that cover ``low`` to ``high``: steps of 1, 2 or 5 times a power of ten."""
    raw = (high - low) / wanted if high > low else max(abs(high), 1.0) / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= raw * 0.999)
    first = math.floor(low / step)
    last = max(first + 1, math.ceil(high / step))
    return [round(i * step, 10) for i in range(first, last + 1)]


def data_uri(svg: str) -> str:
    """Return a drawing as the address of an image."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")


def framed(width: int, height: int, title: str, desc: str, body: str) -> str:
    """Return a drawing of a size in pixels that names itself; ``body`` is SVG already."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{escape(title)}"><title>{escape(title)}</title><desc>{escape(desc)}</desc>{body}</svg>'
    )


def label(x: float, y: float, text: str, ink: Ink, anchor: str) -> str:
    """Return a text at a place [px]; ``anchor`` is ``start``, ``middle`` or ``end``."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="{FONT}" font-size="12" fill="{ink.text}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def path(points: Sequence[tuple[float, float] | None], colour: str, width: float, dash: str = "") -> str:
    """Return one path for each unbroken run of points; a point between two gaps becomes a dot."""
    drawn = ""
    for run in _runs(points):
        if len(run) == 1:
            drawn += f'<circle cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="{_DOT}" fill="{colour}"/>'
            continue
        steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in run)
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        drawn += f'<path d="M{steps}" fill="none" stroke="{colour}" stroke-width="{width}"{dashes}/>'
    return drawn


def _runs(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _span(known: Sequence[float]) -> tuple[float, float]:
    """Return the range of values, never empty, so that a steady line lies in the middle."""
    low, high = min(known), max(known)
    margin = max(abs(high) * 0.01, 1e-9)
    return (low, high) if high - low > margin else (low - margin, high + margin)


def _x(i: int, count: int, left: float, right: float) -> float:
    return left + (right - left) * i / max(1, count - 1)


def _y(value: float, low: float, high: float, top: float, bottom: float) -> float:
    return bottom - (bottom - top) * (value - low) / (high - low)
