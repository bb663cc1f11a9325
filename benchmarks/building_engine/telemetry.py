"""A year of the other engine as telemetry: what meters and sensors in its room would have shown, hour by hour.

The file of readings and the site file are those that an operator would bring: `greendc import` takes them.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from benchmarks.building_engine.cases import HOURS, START_S
from benchmarks.building_engine.objects import WATER_KG_M3

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.building_engine.objects import Fields, Model
    from benchmarks.building_engine.room import Room

UNITS = 6
"""The engine's one fan and coil stand for so many like units side by side, in two modules."""
MODULES = 2
RACKS = 4
AIR_KG_M3 = 0.96
PAST_S = START_S - 365 * 86_400.0
"""The year is told as the one before: a store takes no readings from the future."""
SENSOR, PDU = "geist-environment", "apc-rpdu2"

Said: TypeAlias = "dict[tuple[str, str], np.ndarray]"
Readings: TypeAlias = "dict[tuple[str, str, str], np.ndarray]"

_TEMPERATURE, _FLOW = "System Node Temperature", "System Node Mass Flow Rate"
VARIABLES = (
    ("supply air", _TEMPERATURE), ("return air", _TEMPERATURE), ("supply air", _FLOW), ("coil water in", _FLOW),
    ("chilled out out", _TEMPERATURE), ("chilled pump in", _TEMPERATURE), ("chilled pump in", _FLOW),
    ("condenser leaves out", _TEMPERATURE), ("chiller", "Chiller Electricity Rate"),
    ("chiller", "Chiller Evaporator Cooling Rate"), ("chilled pump", "Pump Electricity Rate"),
    ("condenser pump", "Pump Electricity Rate"), ("tower", "Cooling Tower Fan Electricity Rate"),
    ("tower", "Cooling Tower Air Flow Rate Ratio"), ("economiser", "Fluid Heat Exchanger Heat Transfer Rate"),
    ("crah fan", "Fan Electricity Rate"), ("servers", "ITE CPU Electricity Rate"),
    ("servers", "ITE Fan Electricity Rate"), ("servers", "ITE Air Inlet Dry-Bulb Temperature"),
    ("servers", "ITE Air Outlet Dry-Bulb Temperature"),
)  # fmt: skip
_ENTRY = re.compile(r"^(\d+),1,([^,]+),([^\[]+?) \[")


def outputs() -> Model:
    """Return the engine's orders to write every variable by the hour."""
    wanted: dict[str, Fields] = {
        f"output {i}": {"key_value": key, "variable_name": name, "reporting_frequency": "Hourly"}
        for i, (key, name) in enumerate(VARIABLES)
    }
    return {"Output:Variable": wanted}


def read(file: Path) -> Said:
    """Return each variable of the engine's output file as [hours].

    Raises:
        ValueError: a variable is missing or does not have every hour.
    """
    names: dict[str, tuple[str, str]] = {}
    values: dict[tuple[str, str], list[float]] = {}
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            found = _ENTRY.match(line)
            if found:
                names[found[1]] = (found[2].lower(), found[3])
            elif line.startswith("End of Data Dictionary"):
                break
        for line in lines:
            number, _, value = line.partition(",")
            if number in names:
                values.setdefault(names[number], []).append(float(value))
    found_all = {pair: np.array(values.get((pair[0], pair[1]), [])) for pair in VARIABLES}
    short = [f"{key}: {name}" for (key, name), column in found_all.items() if len(column) != HOURS]
    if short:
        message = f"the engine did not write every hour of {', '.join(short)}"
        raise ValueError(message)
    return found_all


def site_text(room: Room) -> str:
    """Return the site file of the room, as an operator would write it."""
    lines = [
        'schema = 1\n[site]\nname = "engine"\ntimezone = "Asia/Shanghai"\nregion = "CN-YN"',
        f"altitude_m = {room.altitude_m:.0f}\n[tariff]\nprice_per_kwh = 0.55",
        '[credentials.none]\nkind = "snmp-v2c"\ncommunity = "none"',
        *(f'[[rooms]]\nname = "room-{i + 1}"' for i in range(MODULES)),
        *(f'[[racks]]\nname = "r{i + 1}"\nroom = "room-{i % MODULES + 1}"' for i in range(RACKS)),
    ]
    devices = {f"env-r{i + 1}": (SENSOR, f'credential = "none"\nrack = "r{i + 1}"') for i in range(RACKS)}
    devices |= {f"pdu-r{i + 1}": (PDU, f'credential = "none"\nrack = "r{i + 1}"') for i in range(RACKS)}
    devices |= {f"rear-r{i + 1}": ("generic-rear-sensor", f'rack = "r{i + 1}"') for i in range(RACKS)}
    devices |= {f"crah-{i + 1}": ("generic-crah", "") for i in range(UNITS)}
    devices |= {
        "chiller-1": ("generic-chiller", ""),
        "pump-chilled": ("generic-drive", ""),
        "pump-condenser": ("generic-drive", ""),
        "tower-fan": ("generic-drive", ""),
        "economiser-1": ("generic-economiser", ""),
        "heat-1": ("generic-heat-meter", ""),
        "meter-main": ("eastron-sdm630", ""),
        "meter-it": ("eastron-sdm630", ""),
        "meter-mech": ("eastron-sdm630", ""),
    }
    lines += [
        f'[[devices]]\nname = "{name}"\nprofile = "{profile}"\naddress = "{_address(profile)}"\n{more}'
        for name, (profile, more) in devices.items()
    ]
    roles = {
        "meter-main": "facility_input",
        "meter-it": "pdu_output",
        "meter-mech": "cooling",
        "heat-1": "heat_removed",
    }
    lines += [f'[[meters]]\nrole = "{role}"\ndevice = "{device}"' for device, role in roles.items()]
    return "\n".join(lines) + "\n"


def _address(profile: str) -> str:
    """Return an address that nobody answers at: what is read comes from the file."""
    if profile in {SENSOR, PDU}:
        return "snmp://127.0.0.1:161"
    return "modbus://127.0.0.1:502?unit=1"


def columns(said: Said, room: Room, other_w: float) -> Readings:
    """Return the readings [hours] by device, part and quantity, in stored units; ``other_w`` is outside the engine."""
    it = said["servers", "ITE CPU Electricity Rate"] + said["servers", "ITE Fan Electricity Rate"]
    fan, chiller = said["crah fan", "Fan Electricity Rate"], said["chiller", "Chiller Electricity Rate"]
    pump, condenser = said["chilled pump", "Pump Electricity Rate"], said["condenser pump", "Pump Electricity Rate"]
    tower = said["tower", "Cooling Tower Fan Electricity Rate"]
    cooling = fan + chiller + pump + condenser + tower
    hour = np.ones(HOURS)
    heat = said["chiller", "Chiller Evaporator Cooling Rate"]
    free = said["economiser", "Fluid Heat Exchanger Heat Transfer Rate"]
    stream = said["chilled pump in", _FLOW] / WATER_KG_M3
    found = {
        ("meter-it", "", "active_power_w"): it,
        ("meter-mech", "", "active_power_w"): cooling,
        ("meter-main", "", "active_power_w"): it + cooling + other_w,
        ("heat-1", "", "heat_power_w"): heat + free,
        ("heat-1", "", "supply_water_temperature_c"): said["chilled out out", _TEMPERATURE],
        ("heat-1", "", "return_water_temperature_c"): said["chilled pump in", _TEMPERATURE],
        ("heat-1", "", "water_flow_m3_s"): stream,
        ("chiller-1", "", "active_power_w"): chiller,
        ("chiller-1", "", "cooling_power_w"): heat,
        ("chiller-1", "", "capacity_ratio"): heat / room.chiller_w,
        ("chiller-1", "", "supply_water_temperature_c"): said["chilled out out", _TEMPERATURE],
        ("chiller-1", "", "supply_water_setpoint_c"): room.chilled_c * hour,
        # A mixing valve stands before the machine; in the engine its curves stop there.
        ("chiller-1", "", "condenser_supply_temperature_c"): np.maximum(
            said["condenser leaves out", _TEMPERATURE], room.condenser_c
        ),
        ("chiller-1", "", "outdoor_temperature_c"): room.dry_bulb_c,
        ("chiller-1", "", "outdoor_wet_bulb_c"): room.wet_bulb_c,
        ("pump-chilled", "", "active_power_w"): pump,
        ("pump-chilled", "", "drive_speed_ratio"): stream / (room.water_kg_s / WATER_KG_M3),
        ("pump-condenser", "", "active_power_w"): condenser,
        ("tower-fan", "", "active_power_w"): tower,
        ("tower-fan", "", "drive_speed_ratio"): said["tower", "Cooling Tower Air Flow Rate Ratio"],
        ("economiser-1", "water", "cooling_power_w"): free,
    }
    for i in range(RACKS):
        inlet, outlet = (said["servers", f"ITE Air {side} Dry-Bulb Temperature"] for side in ("Inlet", "Outlet"))
        found[f"env-r{i + 1}", "remote/1", "air_temperature_c"] = inlet
        found[f"rear-r{i + 1}", "rear", "air_temperature_c"] = outlet
        found[f"pdu-r{i + 1}", "", "active_power_w"] = it / RACKS
    for i in range(UNITS):
        unit = f"crah-{i + 1}"
        found[unit, "", "active_power_w"] = fan / UNITS
        found[unit, "", "fan_speed_ratio"] = (room.airflow_m3_s / room.airflow_rated_m3_s) * hour
        found[unit, "", "supply_air_temperature_c"] = said["supply air", _TEMPERATURE]
        found[unit, "", "return_air_temperature_c"] = said["return air", _TEMPERATURE]
        found[unit, "", "supply_air_setpoint_c"] = room.supply_c * hour
        found[unit, "", "valve_position_ratio"] = said["coil water in", _FLOW] / room.water_kg_s
        found[unit, "", "air_flow_m3_s"] = said["supply air", _FLOW] / AIR_KG_M3 / UNITS
    return found


def write(file: Path, readings: Readings) -> None:
    """Write the readings as the CSV file that `greendc import` takes; each stands at the end of its hour."""
    start = dt.datetime.fromtimestamp(PAST_S, tz=dt.UTC)
    times = [(start + dt.timedelta(minutes=60 * hour + 30)).isoformat() for hour in range(HOURS)]
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("time", "device", "part", "quantity", "value"))
        for key, values in readings.items():
            rows.writerows((time, *key, f"{value:.6g}") for time, value in zip(times, values, strict=True))
