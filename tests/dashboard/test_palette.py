"""Colours."""

from __future__ import annotations

import pytest

from dashboard.palette import DARK, LIGHT, MARKS, Palette, contrast, palette, theme_flags

PAIRS = [(theme, *pair) for theme in (LIGHT, DARK) for pair in theme.pairs()]


@pytest.mark.parametrize(
    ("theme", "name", "ink", "ground"), PAIRS, ids=[f"{theme.name}: {name}" for theme, name, *_ in PAIRS]
)
def test_text_can_be_read(theme: Palette, name: str, ink: str, ground: str) -> None:
    """Every pair of text and ground has a contrast of 4.5 : 1 or more."""
    assert contrast(ink, ground) >= 4.5, f"{name} in {theme.name}"


def test_contrast_is_that_of_the_standard() -> None:
    """Black on white is 21 : 1, and #777777 on white just misses 4.5 : 1."""
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.478, abs=0.001)


def test_priorities_differ_by_more_than_colour() -> None:
    """Every priority has a shape of its own and a colour of its own, in both themes."""
    assert len(set(MARKS.values())) == len(MARKS) == 4
    for theme in (LIGHT, DARK):
        assert set(theme.alarms) == set(MARKS)
        assert len({ground for ground, _ in theme.alarms.values()}) == 4


def test_alarm_colours_are_used_for_nothing_else() -> None:
    """No grey of a theme is an alarm's colour, and no grey is colourful."""
    for theme in (LIGHT, DARK):
        greys = [theme.page, theme.card, theme.edge, theme.text, theme.muted, theme.line, theme.band, *theme.shares]
        for grey in greys:
            channels = [int(grey[i : i + 2], 16) for i in (1, 3, 5)]
            assert max(channels) - min(channels) <= 40, grey


def test_the_browser_chooses_between_both_themes() -> None:
    """Both themes are defined for Streamlit; an unknown one is light."""
    flags = theme_flags()
    assert f"--theme.light.backgroundColor={LIGHT.page}" in flags
    assert f"--theme.dark.backgroundColor={DARK.page}" in flags
    assert palette("dark") is DARK
    assert palette(None) is LIGHT
