"""SVG drawings."""

from __future__ import annotations

import base64
import datetime as dt
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendc import drawing
from greendc.drawing import Line, Scale

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert("&")</script> \u202e机柜 🔥'


def parsed(svg: str) -> ET.Element:
    """Return the drawing's root; fails when it is not well-formed."""
    return ET.fromstring(svg)  # noqa: S314 (our own text)


def test_text_is_escaped_and_describes_itself() -> None:
    """A hostile name stays text; title, desc and aria-label carry it."""
    root = parsed(drawing.spark([1.0, 2.0], title=HOSTILE, desc=HOSTILE))
    assert root.findtext(f"{SVG}title") == HOSTILE
    assert root.findtext(f"{SVG}desc") == HOSTILE
    assert root.get("role") == "img"
    assert root.find(f".//{SVG}script") is None


def test_a_gap_is_a_gap() -> None:
    """A series with one hole is two lines, and nothing is drawn at the value zero."""
    root = parsed(drawing.spark([5.0, 6.0, None, 5.5, 5.0], title="power"))
    assert len(root.findall(f"{SVG}path")) == 2


def test_a_lone_point_is_a_dot() -> None:
    """A value between two gaps is still seen."""
    root = parsed(drawing.spark([5.0, 6.0, None, 5.5, None, 5.0, 5.2], title="power"))
    assert len(root.findall(f"{SVG}circle")) == 2


def test_nothing_known_is_a_dashed_line() -> None:
    """An empty series draws no path."""
    root = parsed(drawing.spark([None, None], title="power"))
    assert root.find(f"{SVG}path") is None
    assert root.find(f"{SVG}line") is not None


def test_a_bullet_bar_is_to_scale() -> None:
    """The value, the band and the limit stand where their numbers say."""
    svg = drawing.bullet(20.0, Scale(low=0, high=40, band=(10, 30), limit=32), title="inlet", width=402)
    root = parsed(svg)
    dot = root.find(f"{SVG}circle")
    band = root.findall(f"{SVG}rect")[1]
    limit = root.find(f"{SVG}line")
    assert dot is not None
    assert limit is not None
    assert float(dot.get("cx", "")) == pytest.approx(201)
    assert float(band.get("width", "")) == pytest.approx(200)
    assert float(limit.get("x1", "")) == pytest.approx(321)


def test_a_bullet_bar_without_a_value_shows_only_its_marks() -> None:
    """Unknown is not zero: there is no bar and no dot."""
    root = parsed(drawing.bullet(None, Scale(low=0, high=40, limit=32), title="inlet"))
    assert root.find(f"{SVG}circle") is None
    assert len(root.findall(f"{SVG}rect")) == 1


def test_a_trend_keeps_the_gaps_of_each_line_and_names_it() -> None:
    """Two lines, one of them broken, are three paths with two names."""
    times = [i * 60_000_000_000 for i in range(5)]
    svg = drawing.trend(
        times,
        [Line(name="设施", values=[1, 2, 3, 4, 5]), Line(name="IT", values=[1, 1, None, 1, 1])],
        zone=dt.UTC,
        unit="kW",
        title="power",
    )
    root = parsed(svg)
    texts = [element.text for element in root.findall(f"{SVG}text")]
    assert len(root.findall(f"{SVG}path")) == 3
    assert {"设施", "IT", "kW", "00:04"} <= set(texts)


@given(st.floats(-1e9, 1e9), st.floats(1e-3, 1e9))
def test_ticks_cover_the_range(low: float, extent: float) -> None:
    """Round ticks reach from below the lowest to above the highest value, and are few."""
    ticks = drawing.nice_ticks(low, low + extent)
    slack = 1e-6 * (abs(low) + extent)
    assert ticks[0] <= low + slack
    assert ticks[-1] >= low + extent - slack
    assert 2 <= len(ticks) <= 8


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6))))
def test_every_series_gives_a_well_formed_drawing(values: list[float | None]) -> None:
    """Whatever the values, the drawing can be parsed and holds no NaN."""
    svg = drawing.spark(values, title="x")
    parsed(svg)
    assert "nan" not in svg


def test_an_image_address_decodes_to_the_drawing() -> None:
    """A page may carry the drawing as an image."""
    svg = drawing.spark([1.0], title="功率")
    assert base64.b64decode(drawing.data_uri(svg).partition(",")[2]).decode() == svg
