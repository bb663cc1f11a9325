"""The one-line drawing of the boundary: what comes in, where IT energy is metered, what goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greendc import drawing
from greendc.plots import fitted, text_px
from greendc.site import Role

if TYPE_CHECKING:
    from analytics.reports.sections.writer import Writer

WIDTH, HEIGHT = 720, 236
BOX_W, BOX_H = 124.0, 34.0
_IN, _CHAIN, _OUT = 6.0, 156.0, 590.0
_ROWS = (30.0, 84.0, 138.0, 192.0)
PLACES: dict[Role, tuple[float, float]] = {
    Role.FACILITY_INPUT: (_IN, _ROWS[0]),
    Role.GENERATION: (_IN, _ROWS[1]),
    Role.FUEL: (_IN, _ROWS[2]),
    Role.COOLING_IMPORT: (_IN, _ROWS[3]),
    Role.UPS_INPUT: (_CHAIN, _ROWS[0]),
    Role.UPS_OUTPUT: (_CHAIN + 140, _ROWS[0]),
    Role.PDU_OUTPUT: (_CHAIN + 140, _ROWS[1]),
    Role.IT_INPUT: (_CHAIN + 280, _ROWS[1]),
    Role.COOLING: (_CHAIN, _ROWS[2]),
    Role.LIGHTING: (_CHAIN + 140, _ROWS[2]),
    Role.OTHER: (_CHAIN + 280, _ROWS[2]),
    Role.WATER_INPUT: (_CHAIN, _ROWS[3]),
    Role.HEAT_REMOVED: (_CHAIN + 140, _ROWS[3]),
    Role.STORAGE: (_CHAIN + 280, _ROWS[0]),
    Role.EXPORT: (_OUT, _ROWS[0]),
    Role.NON_DC: (_OUT, _ROWS[1]),
    Role.HEAT_REUSE: (_OUT, _ROWS[3]),
}
_ARROWS = (
    (Role.FACILITY_INPUT, Role.UPS_INPUT),
    (Role.UPS_INPUT, Role.UPS_OUTPUT),
    (Role.UPS_OUTPUT, Role.PDU_OUTPUT),
    (Role.PDU_OUTPUT, Role.IT_INPUT),
    (Role.HEAT_REMOVED, Role.HEAT_REUSE),
)


def boundary(writer: Writer, title: str, desc: str) -> str:
    """Return the drawing: full boxes are metered, with the number of their meters, dashed ones are not."""
    ink = drawing.PLAIN
    counts = {role: sum(one.role is role for one in writer.facts.site.meters) for role in PLACES}
    left, right = _CHAIN - 10, _CHAIN + 280 + BOX_W + 10
    body = (
        f'<rect x="{left:.0f}" y="20" width="{right - left:.0f}" height="{HEIGHT - 24}" fill="none" '
        f'stroke="{ink.accent}" stroke-dasharray="6 3"/>'
    )
    body += drawing.label(left + 2, 14, fitted(writer.text("site.inside"), right - left), ink, "start")
    body += "".join(_arrow(*ends, ink) for ends in _ARROWS)
    body += "".join(_box(writer, role, place, counts[role], ink) for role, place in PLACES.items())
    return drawing.framed(WIDTH, HEIGHT, title, desc, body)


def _box(writer: Writer, role: Role, place: tuple[float, float], meters: int, ink: drawing.Ink) -> str:
    x, y = place
    style = f'stroke="{ink.line}"' if meters else f'stroke="{ink.soft}" stroke-dasharray="3 3"'
    name = writer.text(f"site.role.{role}")
    count = writer.text("site.metered", n=str(meters)) if meters else writer.text("site.not_metered")
    drawn = f'<rect x="{x:.0f}" y="{y:.0f}" width="{BOX_W:.0f}" height="{BOX_H:.0f}" fill="{ink.paper}" {style}/>'
    room = BOX_W - 8
    drawn += drawing.label(x + BOX_W / 2, y + 14, fitted(name, room), ink, "middle")
    return drawn + drawing.label(x + BOX_W / 2, y + 29, fitted(count, min(room, text_px(count))), ink, "middle")


def _arrow(source: Role, target: Role, ink: drawing.Ink) -> str:
    """Return a line from the edge of one box to that of another, to its right or below it."""
    (x1, y1), (x2, y2) = PLACES[source], PLACES[target]
    if x1 == x2:
        middle = x1 + BOX_W / 2
        ends = middle, y1 + BOX_H, middle, y2
    else:
        ends = x1 + BOX_W, y1 + BOX_H / 2, x2, y2 + BOX_H / 2
    return (
        f'<line x1="{ends[0]:.0f}" y1="{ends[1]:.0f}" x2="{ends[2]:.0f}" y2="{ends[3]:.0f}" stroke="{ink.line}" '
        'stroke-width="1.2"/>'
    )
