"""The colours of the pages: grey when normal, four hues for alarms and for nothing else.

Light and dark carry the same roles. Text on its ground keeps a contrast of at least 4.5 : 1 (WCAG 2.2, 1.4.3), which a
test checks over every pair in `Palette.pairs`.
"""

from __future__ import annotations

import msgspec

from greendc.drawing import FONT, Ink

MARKS = {"critical": "▲", "high": "◆", "medium": "■", "low": "●"}
"""The shape of each alarm priority: colour is never the only sign."""
RANKS = {"critical": 1, "high": 2, "medium": 3, "low": 4}


class Palette(msgspec.Struct, frozen=True, kw_only=True):
    """One theme, every colour ``#rrggbb``."""

    name: str
    page: str
    card: str
    edge: str
    text: str
    muted: str
    line: str
    line_soft: str
    band: str
    alarms: dict[str, tuple[str, str]]
    shares: tuple[str, ...]

    def pairs(self) -> list[tuple[str, str, str]]:
        """Return every pair of text and ground that a page uses, with a name."""
        return [
            ("text on page", self.text, self.page),
            ("text on card", self.text, self.card),
            ("muted on page", self.muted, self.page),
            ("muted on card", self.muted, self.card),
            ("text on band", self.text, self.band),
            *((f"{priority} chip", ink, ground) for priority, (ground, ink) in self.alarms.items()),
        ]

    def ink(self) -> Ink:
        """Return the colours for drawings."""
        return Ink(
            line=self.line, soft=self.line_soft, band=self.band, text=self.muted, limit=self.text, paper=self.card
        )

    def variables(self) -> str:
        """Return the colours as CSS custom properties."""
        plain = {
            "page": self.page,
            "card": self.card,
            "edge": self.edge,
            "text": self.text,
            "muted": self.muted,
            "line": self.line,
            "soft": self.line_soft,
            "band": self.band,
        }
        plain |= {f"{priority}-ground": pair[0] for priority, pair in self.alarms.items()}
        plain |= {f"{priority}-ink": pair[1] for priority, pair in self.alarms.items()}
        plain |= {f"share-{i}": colour for i, colour in enumerate(self.shares)}
        return ";".join(f"--g-{name}:{colour}" for name, colour in plain.items())


_ALARMS = {
    "critical": ("#C0262D", "#FFFFFF"),
    "high": ("#F08A24", "#1F1300"),
    "medium": ("#F4CF3B", "#1F1A00"),
    "low": ("#A02B93", "#FFFFFF"),
}

LIGHT = Palette(
    name="light",
    page="#EDEFF0",
    card="#F7F8F8",
    edge="#D3D9DD",
    text="#1F2933",
    muted="#52606D",
    line="#4A5B6C",
    line_soft="#B4BEC7",
    band="#DDE3E7",
    alarms=_ALARMS,
    shares=("#4A5B6C", "#8496A6", "#A9B6C1", "#C3CDD5", "#D5DCE1"),
)
DARK = Palette(
    name="dark",
    page="#1B1F23",
    card="#24292E",
    edge="#3A424A",
    text="#D7DCE0",
    muted="#9AA7B3",
    line="#9FB1C2",
    line_soft="#56616B",
    band="#333B43",
    alarms=_ALARMS,
    shares=("#9FB1C2", "#75879A", "#5A6A79", "#48555F", "#3A444D"),
)


def palette(theme: str | None) -> Palette:
    """Return the palette of a theme's name; light when the browser has not said."""
    return DARK if theme == "dark" else LIGHT


def theme_flags() -> list[str]:
    """Return Streamlit's command line flags for both themes; with both, the browser's preference decides."""
    flags = []
    for colours in (LIGHT, DARK):
        options = {
            "primaryColor": colours.line,
            "backgroundColor": colours.page,
            "secondaryBackgroundColor": colours.card,
            "textColor": colours.text,
            "borderColor": colours.edge,
        }
        flags += [f"--theme.{colours.name}.{option}={value}" for option, value in options.items()]
    return [*flags, f"--theme.font={FONT}", "--theme.baseRadius=4px"]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)  # noqa: PLR2004 (WCAG 2.2)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
