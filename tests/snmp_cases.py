"""Recorded devices and what they must read as: tests/cases/<profile>/ with walks and hand-worked values."""

from __future__ import annotations

import asyncio
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from collectors.snmp.source import SnmpSource
from collectors.snmp.text import text
from greendc.clock import ManualClock
from greendc.device import DeviceEntry
from tests.snmp_memory import MemoryEngine
from tests.snmpd import V2C

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.decode import Value
    from greendc.model import Reading
    from greendc.profiles import Profile

CASES = Path(__file__).parent / "cases"
TOLERANCE = 1e-6

_INITIAL = re.compile(r"initial=(-?\d+)")
_TEXT_TAG = "4"
_OID_TAG = "6"


class WalkCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of raw files, the later over the earlier, and what they read as.

    ``values`` holds (part, quantity, stored value or reason, how it was worked out by hand); ``absent`` holds (part,
    quantity) of what gives no reading; ``count`` is the number of all readings, 0 when it is not checked.
    """

    files: list[str]
    values: list[tuple[str, str, float | str, str]]
    absent: list[tuple[str, str]] = []
    count: int = 0


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One recorded device."""

    profiles: list[str]
    model: str
    serial: str
    firmware: str
    name: str
    walks: list[WalkCase]


def case(name: str) -> Case:
    """Return the case of a profile."""
    data = tomllib.loads((CASES / name / "expected.toml").read_text("utf-8"))
    return msgspec.convert(data, Case)


def recorded(name: str, files: Sequence[str]) -> dict[str, Value]:
    """Return the objects of a case's raw files as an engine gives them."""
    objects: dict[str, Value] = {}
    for file in files:
        for line in (CASES / name / file).read_text("utf-8").splitlines():
            oid, tag, value = line.split("|", 2)
            objects[oid] = _value(tag, value)
    return objects


def _value(tag: str, value: str) -> Value:
    if ":numeric" in tag:
        found = _INITIAL.search(value)
        return int(found[1]) if found else None
    if tag.rstrip("x") == _TEXT_TAG:
        return text(bytes.fromhex(value) if tag.endswith("x") else value.encode())
    if tag == _OID_TAG:
        return value
    return int(value) if value.lstrip("-").isdigit() else value


def read(profile: Profile, objects: dict[str, Value]) -> list[Reading]:
    """Return what a profile reads from objects held in memory."""
    entry = DeviceEntry(name="d", profile=profile.name, address="snmp://127.0.0.1")
    source = SnmpSource(entry, V2C, profile, site="s", clock=ManualClock(1), engine=MemoryEngine(objects))
    return list(asyncio.run(source.read()))


def differences(walk: WalkCase, readings: Sequence[Reading]) -> list[str]:
    """Return how readings differ from what a walk must read as."""
    found = {(reading.part, reading.quantity): reading for reading in readings}
    said = [f"{len(readings)} readings, not {walk.count}"] if walk.count not in {0, len(readings)} else []
    said += [f"{key} twice" for key in found if sum((r.part, r.quantity) == key for r in readings) > 1]
    said += [f"{key} is there" for key in walk.absent if key in found]
    for part, quantity, wanted, how in walk.values:
        reading = found.get((part, quantity))
        if reading is None:
            said.append(f"{part} {quantity} is not there")
        elif isinstance(wanted, str):
            said += [f"{part} {quantity}: {reading.reason!r}, not {wanted} ({how})"] * (reading.reason != wanted)
        elif reading.value is None or abs(reading.value - wanted) > TOLERANCE * max(1, abs(wanted)):
            said.append(f"{part} {quantity}: {reading.value} {reading.reason}, not {wanted} ({how})")
    return said
