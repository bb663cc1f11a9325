"""Charts as SVG: each value where its number says, nothing outside of the frame, what is not proven hollow."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greendc import plots
from greendc.drawing import PLAIN
from greendc.plots import Axes, Bar, Curve, Mark, Part
from tests.greendc.svg_frame import SVG, outside, parsed

LONG = '<b>机柜"&' * 40
finite = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False)
some = st.one_of(st.none(), finite)
bars = st.builds(Bar, name=st.just(LONG), value=some, low=some, high=some, faint=st.booleans(), label=st.just("1.234"))


@settings(max_examples=40, deadline=None)
@given(st.lists(bars, min_size=1, max_size=14), st.lists(st.builds(Mark, name=st.just(LONG), value=finite), max_size=3))
def test_bars_stay_inside(given_bars: list[Bar], marks: list[Mark]) -> None:
    """Whatever the values, errors, marks and names are, nothing is drawn outside, and names stay text."""
    for height in (120, 240):
        assert outside(plots.bars(given_bars, unit="kWh", title=LONG, marks=marks, height=height)) == []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(min_value=0, max_value=1e12), min_size=1, max_size=30), st.lists(st.tuples(finite, finite)))
def test_other_charts_stay_inside(values: list[float], points: list[tuple[float, float]]) -> None:
    """Parts, curves and dots of any size lie within their frame."""
    parts = [Part(name=LONG, value=value, label=LONG) for value in values[:5]]
    curves = [Curve(name=LONG, values=tuple(values)), Curve(name="b", values=tuple(values))]
    axes = Axes(across=LONG, up="PUE")
    for svg in (
        plots.split(parts, title="t"),
        plots.duration(curves, unit="kW", title="t", across=LONG),
        plots.scatter(points, axes=axes, title="t"),
    ):
        assert outside(svg) == []


def test_a_bar_is_to_scale_with_its_error() -> None:
    """Twice the value is twice the height; the error is a line; what is not proven is hollow; None leaves a gap."""
    given_bars = [
        Bar(name="a", value=1.0),
        Bar(name="b", value=2.0, low=1.5, high=2.5),
        Bar(name="c", value=None),
        Bar(name="d", value=2.0, faint=True),
    ]
    root = parsed(plots.bars(given_bars, unit="u", title="t"))
    rects = root.findall(f"{SVG}rect")
    heights = [float(rect.get("height", "")) for rect in rects]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.2)
    assert len(rects) == 3
    assert rects[0].get("stroke") is None
    assert rects[2].get("stroke")
    assert len(root.findall(f"{SVG}path")) == 1


def test_marks_are_named_and_the_target_is_the_accent() -> None:
    """Baseline and target are lines with their names beside them, apart from each other; one colour stands out."""
    marks = [Mark(name="baseline 1.52", value=1.52), Mark(name="target 1.50", value=1.5, strong=True)]
    root = parsed(plots.bars([Bar(name="a", value=1.4)], unit="PUE", title="t", marks=marks, floor=1.0))
    places = {text.text: float(text.get("y", "")) for text in root.findall(f"{SVG}text")}
    assert abs(places["baseline 1.52"] - places["target 1.50"]) >= 12
    accent = [line for line in root.findall(f"{SVG}line") if line.get("stroke") == PLAIN.accent]
    assert len(accent) == 1


def test_a_line_does_not_strike_out_a_value() -> None:
    """The number above a bar is drawn after the line that goes through it, and hides that line behind its letters."""
    mark = Mark(name="baseline 1.42", value=1.42)
    given_bars = [Bar(name=name, value=1.4, label="1.40") for name in "abcd"]
    svg = plots.bars(given_bars, unit="PUE", title="t", marks=[mark], floor=1.0)
    drawn = list(parsed(svg))
    (line,) = (i for i, item in enumerate(drawn) if item.get("stroke-dasharray"))
    y = float(drawn[line].get("y1", ""))
    labels = [i for i, item in enumerate(drawn) if item.text == "1.40"]
    assert len(labels) == len(given_bars)
    for i in labels:
        paper = drawn[i - 1]
        assert i - 1 > line
        assert paper.get("fill") == PLAIN.paper
        top, height = float(paper.get("y", "")), float(paper.get("height", ""))
        assert top < y < top + height
    assert outside(svg) == []


def test_names_are_left_out_before_they_read_alike() -> None:
    """Twelve months beside a wide mark: fewer are named, and none of them is cut to its year."""
    months = [Bar(name=f"2025-{month:02d}", value=1.2) for month in range(1, 13)]
    svg = plots.bars(months, unit="PUE", title="t", marks=[Mark(name="baseline, declared 1.62", value=1.62)], floor=1.0)
    named = [text.text or "" for text in parsed(svg).findall(f"{SVG}text") if (text.text or "").startswith("2025")]
    assert named == [f"2025-{month:02d}" for month in range(1, 13, 2)]


def test_the_calendar_shows_days_without_data() -> None:
    """A day of which nothing is known is struck out, one with enough is dark, one with less is coloured."""
    first = dt.date(2026, 1, 1)
    shares = {first: 1.0, dt.date(2026, 1, 2): 0.0, dt.date(2026, 1, 3): 0.6, dt.date(2027, 12, 31): None}
    svg = plots.calendar(shares, enough=0.95, title="t", legend=LONG)
    root = parsed(svg)
    assert outside(svg) == []
    assert len(root.findall(f"{SVG}path")) == 2
    fills = [rect.get("fill") for rect in root.findall(f"{SVG}rect")]
    assert fills == [PLAIN.line, "none", PLAIN.accent, "none"]
    (known,) = parsed(plots.calendar({first: 0.6}, enough=0.6, title="t")).findall(f"{SVG}rect")
    assert known.get("fill") == PLAIN.line


def test_nothing_known_is_a_dashed_line() -> None:
    """Without a value there is no bar, no curve and no dot."""
    for svg in (
        plots.bars([Bar(name="a", value=None)], unit="u", title="t"),
        plots.split([], title="t"),
        plots.duration([], unit="u", title="t"),
        plots.scatter([], axes=Axes(across="x", up="y"), title="t"),
    ):
        root = parsed(svg)
        assert [item.tag for item in root if item.tag not in {f"{SVG}title", f"{SVG}desc"}] == [f"{SVG}line"]
