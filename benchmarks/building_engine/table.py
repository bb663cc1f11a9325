"""The two tables of the comparison, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.building_engine.cases import Change
    from benchmarks.building_engine.room import Yearly

PARTS = ("it", "crah", "chiller", "pumps", "tower", "cooling", "other", "total")
NOTHING_SHARE = 2e-4
"""A change smaller than this share of the site's energy is none: its sign means nothing."""


def totals_table(ours: Yearly, theirs: Yearly) -> str:
    """Return a table of a year's energies as built."""
    lines = ["", "| a year, as built | greendc kWh | engine kWh | ratio |", "|---|---:|---:|---:|"]
    for part in PARTS:
        mine, other = float(getattr(ours, part)), float(getattr(theirs, part))
        lines.append(f"| {part} | {mine:,.0f} | {other:,.0f} | {mine / other:.3f} |")
    return "\n".join(lines)


def changes_table(cases: Sequence[Change], ours: Mapping[str, Yearly], theirs: Mapping[str, Yearly]) -> str:
    """Return a table of what each change does to the cooling and to the whole site."""
    head = "| change | cooling, greendc | cooling, engine | ratio | site, greendc | site, engine | ratio |"
    lines = ["", head, "|---|---:|---:|---:|---:|---:|---:|"]
    for case in cases:
        if case.name == case.against or case.name not in ours:
            continue
        cells = [case.name]
        for part in ("cooling", "total"):
            mine = float(getattr(ours[case.name], part) - getattr(ours[case.against], part))
            other = float(getattr(theirs[case.name], part) - getattr(theirs[case.against], part))
            least = NOTHING_SHARE * ours[case.against].total
            ratio = "none" if max(abs(mine), abs(other)) < least else f"{mine / other:.2f}"
            cells += [f"{mine:+,.0f}", f"{other:+,.0f}", ratio]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
