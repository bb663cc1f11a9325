"""Air before the racks that is too moist or too dry for the equipment: dew point and relative humidity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.alarms.need import Need
from analytics.alarms.rules.trace import Found, Missing, Trace, framed
from analytics.envelope import air_range, inlet_limits

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import Level, RuleLimits

KEY = "room_moisture"
DEW, HUMIDITY = "dew_point_c", "relative_humidity_ratio"


def _traces(board: Board, own: RuleLimits) -> Found:
    info = board.site.info
    allowed = air_range(info.altitude_m, info.equipment_class, recommended=False)
    source = inlet_limits(info.altitude_m, info.equipment_class).source
    named = {level.kind: level for level in own.levels}
    bounds = {
        DEW: (
            _level(named["dew_high"], allowed.dew_point_high_c),
            _level(named["dew_low"], allowed.dew_point_low_c),
        ),
        HUMIDITY: (
            _level(named["moist"], allowed.humidity_high),
            _level(named["dry"], allowed.humidity_low),
        ),
    }
    racks = {rack.name: rack.room for rack in board.site.racks}
    judged = set()
    for quantity, levels in bounds.items():
        for key in board.all(quantity):
            device = board.device(key.device)
            if device is None or not device.rack:
                continue
            judged.add(device.rack)
            yield Trace(
                # Moisture is the room's, not the rack's.
                subject=racks.get(device.rack, ""),
                points=board.readings(key),
                device=key.device,
                part=key.part,
                quantity=quantity,
                levels=levels,
                source=source,
            )
    for rack in racks if not judged else ():
        yield Missing(rack, (DEW, HUMIDITY))


def _level(pattern: Level, limit: float) -> Level:
    return msgspec.structs.replace(pattern, limit=limit)


ROOM_MOISTURE = framed(KEY, _traces, Need(quantities=(DEW, HUMIDITY), kinds=("environment", "pdu")))
