"""The room's outdoor air as an EPW file, so that both engines stand in the same weather."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from greendc.physics import moist_air

if TYPE_CHECKING:
    from benchmarks.building_engine.room import Room


def epw_text(room: Room) -> str:
    """Return the file; no surface of the room sees the sun, so there is none."""
    place = f"{room.latitude_deg:.2f},{room.longitude_deg:.2f},{room.offset_h:.1f},{room.altitude_m:.1f}"
    lines = [
        f"LOCATION,Made up,-,-,synthetic,0,{place}",
        "DESIGN CONDITIONS,0",
        "TYPICAL/EXTREME PERIODS,0",
        "GROUND TEMPERATURES,0",
        "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0",
        "COMMENTS 1,",
        "COMMENTS 2,",
        "DATA PERIODS,1,1,Data,Thursday,1/1,12/31",
    ]
    humidity = moist_air.relative_humidity(room.dry_bulb_c, room.dew_point_c) * 100.0
    start = datetime(2026, 1, 1)  # noqa: DTZ001 - local standard time
    for i in range(len(room.dry_bulb_c)):
        now = start + timedelta(hours=i)
        stamp = f"{now.year},{now.month},{now.day},{now.hour + 1},0,?9?9"
        lines.append(
            f"{stamp},{room.dry_bulb_c[i]:.2f},{room.dew_point_c[i]:.2f},"
            f"{humidity[i]:.1f},{room.pressure_pa[i]:.0f},0,0,320,0,0,0,0,0,0,0,180,{room.wind_m_s[i]:.1f},"
            "5,5,20,77777,9,999999999,0,0.1,0,88,0,0,0"
        )
    return "\n".join(lines) + "\n"
