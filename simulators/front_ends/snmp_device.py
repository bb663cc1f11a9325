"""What a simulated device answers over SNMP: the system group, its identity, and the points of its profile."""

from __future__ import annotations

import math
import re
import time
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from greendc.profiles import Raw
from simulators.devices.registers import ALLOCATION_UNIT
from simulators.front_ends import ber

if TYPE_CHECKING:
    from collections.abc import Callable

    from greendc.profiles import Profile
    from simulators.devices.device import Device, WiredPoint
    from simulators.front_ends.ber import Oid

SYSTEM = (1, 3, 6, 1, 2, 1, 1)
NET_SNMP_AGENT = "1.3.6.1.4.1.8072.3.2.10"
"""sysObjectID of an agent whose maker has none of its own: Net-SNMP on Linux."""

_TAGS = {
    Raw.UINT: ber.GAUGE32,
    Raw.UINT32: ber.GAUGE32,
    Raw.COUNTER32: ber.COUNTER32,
    Raw.COUNTER64: ber.COUNTER64,
    Raw.TICKS: ber.TICKS,
}
_DOTTED = re.compile(r"1(\.\d+){3,}")


class Plate(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on a device's type plate."""

    model: str
    serial: str
    firmware: str = "1.0"


def instances(device: Device, plate: Plate) -> dict[Oid, Callable[[], bytes]]:
    """Return the BER value of every instance the device has, each as a function of no arguments."""
    values = _system(device, plate)
    for wired in device.points:
        if not wired.point.terms:
            values[_place(wired)] = partial(_encoded, device, wired)
    # A sum's terms stay 0, so the sum itself stands in its first place unless another point has it.
    for wired in device.points:
        values.setdefault(_place(wired), partial(_encoded, device, wired))
    for wired in device.points:
        for oid, constant in _companions(wired).items():
            values.setdefault(oid, partial(_constant, constant))
    identity = device.profile.identity
    for place, text in (
        (identity.model, plate.model),
        (identity.serial, plate.serial),
        (identity.firmware, plate.firmware),
    ):
        if place is None:
            continue
        oid = parsed(place)
        # A unit known by its sysDescr has that text already.
        if not any(known[: len(oid)] == oid for known in values):
            values[oid if oid[-1] == 0 else (*oid, 1)] = partial(_constant, ber.octets(text.encode()))
    return values


def object_id_of(profile: Profile) -> str:
    """Return a sysObjectID that devices of the profile answer."""
    if not profile.match.object_ids:
        return NET_SNMP_AGENT
    return profile.match.object_ids[0].strip(".")


def parsed(oid: str) -> Oid:
    """Return the numbers of a dotted object identifier."""
    return tuple(int(number) for number in oid.strip(".").split("."))


def _system(device: Device, plate: Plate) -> dict[Oid, Callable[[], bytes]]:
    maker = "" if device.profile.maker == "any" else f"{device.profile.maker} "
    description = f"{maker}{plate.model} {plate.firmware} {plate.serial} (simulated)"
    started = time.monotonic()
    texts = {1: description, 4: "greendc", 5: device.name, 6: "simulated"}
    values: dict[Oid, Callable[[], bytes]] = {
        (*SYSTEM, i, 0): partial(_constant, ber.octets(text.encode())) for i, text in texts.items()
    }
    values[*SYSTEM, 2, 0] = partial(_constant, ber.object_id(parsed(object_id_of(device.profile))))
    values[*SYSTEM, 3, 0] = lambda: ber.integer(int((time.monotonic() - started) * 100) % 2**32, ber.TICKS)
    return values


def _place(wired: WiredPoint) -> Oid:
    if wired.point.oid is not None:
        return parsed(wired.point.oid)
    return (*parsed(str(wired.point.table)), *wired.index)


def _companions(wired: WiredPoint) -> dict[Oid, bytes]:
    """Return what else a row or scalar is known by: its label, what it is, whether it is there, factors and terms."""
    point = wired.point
    found: dict[Oid, bytes] = {}
    if point.label is not None:
        found[_beside(point.label, wired)] = ber.octets(wired.label.encode())
    if point.when is not None:
        found[_beside(point.when, wired)] = _typed(point.when_in[0])
    if point.present is not None:
        found[_beside(point.present, wired)] = ber.integer(1)
    if point.times is not None:
        found[_beside(point.times, wired)] = ber.integer(ALLOCATION_UNIT)
    for term in point.terms:
        found[_beside(term, wired)] = ber.integer(0)
    return found


def _beside(place: str, wired: WiredPoint) -> Oid:
    oid = parsed(place)
    return oid if oid[-1] == 0 else (*oid, *wired.index)


def _typed(text: str) -> bytes:
    """Return a raw value that a profile names as text: an integer, an object identifier or a string."""
    if re.fullmatch(r"-?\d+", text):
        return ber.integer(int(text))
    if _DOTTED.fullmatch(text.strip(".")):
        return ber.object_id(parsed(text))
    return ber.octets(text.encode())


def _constant(value: bytes) -> bytes:
    return value


def _encoded(device: Device, wired: WiredPoint) -> bytes:
    raw = device.raw(wired)
    if math.isnan(raw):
        return ber.pack(ber.NO_SUCH_INSTANCE, b"")
    kind = wired.point.raw
    if kind is Raw.TEXT:
        return ber.octets(f"{raw:g}".encode())
    return ber.integer(int(raw), _TAGS.get(kind, ber.INTEGER))
