"""The elevation of a rack: a drawing that stands whatever things are called."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from analytics.overview import State
from dashboard.elevation import Box, elevation, fitted
from dashboard.palette import DARK, LIGHT

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*boxes: Box, units: int = 42) -> ET.Element:
    """Return a drawing, read back."""
    return ET.fromstring(elevation(boxes, units, title="Front", desc="rack", palette=LIGHT))  # noqa: S314 (our own drawing)


def texts(svg: ET.Element) -> list[str]:
    """Return the texts of a drawing."""
    return [found.text or "" for found in svg.iter(f"{SVG}text")]


@given(name=st.text(max_size=80))
def test_any_name_gives_a_drawing_that_can_be_read(name: str) -> None:
    """Markup, emoji, control characters and right-to-left text stay text, and the drawing stays well-formed."""
    svg = drawn(Box(unit=1, units=2, name=name))
    assert {found.tag.removeprefix(SVG) for found in svg.iter()} <= {"svg", "title", "desc", "rect", "line", "text"}
    assert len(fitted(name, 20)) <= 20


def test_every_unit_has_its_number_and_the_first_is_at_the_bottom() -> None:
    """Numbers run from the bottom; a thing covers its units."""
    svg = drawn(Box(unit=3, units=2, name="srv", amount="438 W"), units=10)
    said = texts(svg)
    assert {str(unit) for unit in range(1, 11)} <= set(said)
    assert "438 W" in said
    by_text = {found.text: float(found.get("y", "0")) for found in svg.iter(f"{SVG}text")}
    assert by_text["4"] < by_text["srv"] < by_text["3"] + 10
    assert by_text["10"] < by_text["1"]


def test_states_look_different() -> None:
    """Fresh, stale, silent and in maintenance have four different frames, and an alarm has its shape."""
    looks = {
        elevation([Box(unit=1, units=2, name="x", state=state)], 4, title="", desc="", palette=DARK) for state in State
    }
    assert len(looks) >= 4
    assert "▲" in texts(drawn(Box(unit=1, units=1, name="x", priority="critical")))


def test_long_names_are_cut() -> None:
    """A name that does not fit ends in an ellipsis; wide characters take two places."""
    assert fitted("a" * 50, 10) == "a" * 9 + "…"
    assert fitted("服务器服务器", 10) == "服务器服…"
    assert fitted("short", 10) == "short"
