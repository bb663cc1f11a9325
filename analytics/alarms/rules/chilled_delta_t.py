"""Chilled water that comes back too cold for the heat it carries: it is pumped past the coils."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.usual import driver, ratio, usual
from greendc.site import Role

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "chilled_delta_t"
METER = "heat_meter"
NEEDED = ("return_water_temperature_c", "supply_water_temperature_c", "heat_power_w")


def _traces(board: Board, own: RuleLimits) -> Found:
    removed = {meter.device for meter in board.site.meters if meter.role is Role.HEAT_REMOVED}
    for device in (d.name for d in board.devices(METER, "cdu") if d.name in removed or board.kinds[d.name] == "cdu"):
        if missing := board.missing(device, *NEEDED):
            yield Missing(device, missing)
            continue
        back, out, heat = (board.key(device, name) for name in NEEDED)
        if back is None:
            continue
        difference, past = board.steps(back) - board.steps(out), board.hours(back) - board.hours(out)
        loaded = board.steps(heat) > own.mode["least_load"] * np.nanmax(board.hours(heat), initial=0.0)
        expected = usual(past, [driver(board, heat, share=own.mode["alike"])])
        trace = ratio(board, device, back, np.where(loaded, difference, np.nan), expected)
        yield msgspec.structs.replace(trace, difference="K")


CHILLED_DELTA_T = framed(
    KEY, _traces, Need(quantities=NEEDED, kinds=(METER, "cdu"), views=(View.STEPS, View.HOURS), main=True)
)
