"""What a figure was made of: the readings of each meter and the configuration, each with a hash.

A hash does not depend on the order of rows, and one changed reading or factor changes it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics import data
from analytics.limits import profile_of
from analytics.points import NOTHING, Points
from analytics.spans import total_ns
from greendc.profiles import profile, profile_names
from greendc.software import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analytics.energy import MeterCurve
    from greendc.site import Renewable, Site

MOST_BOUNDARIES = 100
_LITTLE_TIMES, _LITTLE_VALUES = np.dtype("<i8"), np.dtype("<f8")


class Boundary(msgspec.Struct, frozen=True, kw_only=True):
    """What a meter showed at the edge of a period or of a gap, in its stored unit and before its factor."""

    time_ns: int
    value: float


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What one meter gave to a figure in [start_ns, end_ns), the part of the period in which it played its role.

    ``values`` counts the readings that were used; in a period of more than two days the first and the last of each
    quarter of an hour. ``boundaries`` are those at the ends and at gaps, ``left_out`` says how many more there are.
    ``sha256`` is the hash of all values used.
    """

    meter: str
    role: str
    quantity: str
    method: str
    factor: float
    accuracy_ratio: float
    valid_from: dt.date
    valid_to: dt.date
    start_ns: int
    end_ns: int
    coverage: float
    values: int
    boundaries: tuple[Boundary, ...]
    sha256: str
    left_out: int = 0


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """What a period was computed with: ``parts`` are hashes of the site's tables and of data files, by name."""

    software: str
    standards: str
    parts: dict[str, str]
    sha256: str


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """Where a figure comes from. ``sha256`` is the hash of data and configuration together."""

    configuration: Configuration
    data_sha256: str
    sha256: str


def source_of(curve: MeterCurve) -> Source:
    """Return what a meter's curve was made of."""
    window = curve.start_ns, curve.end_ns
    register = _used(curve.register, *window) if curve.method in {"register", "mixed"} else NOTHING
    power = _used(curve.power, *window) if curve.method in {"integrated", "mixed"} else NOTHING
    main = register if len(register) else power
    boundaries = _boundaries(curve, main)
    return Source(
        meter=curve.label,
        role=curve.meter.role.value,
        quantity=curve.meter.energy if len(register) else curve.meter.power,
        method=curve.method,
        factor=curve.meter.factor,
        accuracy_ratio=curve.meter.accuracy_ratio,
        valid_from=curve.meter.valid_from,
        valid_to=curve.meter.valid_to,
        start_ns=curve.start_ns,
        end_ns=curve.end_ns,
        coverage=total_ns(curve.spans()) / (curve.end_ns - curve.start_ns),
        values=len(register) + len(power),
        boundaries=boundaries[:MOST_BOUNDARIES],
        sha256=points_sha256({curve.meter.energy: register, curve.meter.power: power}),
        left_out=max(0, len(boundaries) - MOST_BOUNDARIES),
    )


def points_sha256(series: dict[str, Points]) -> str:
    """Return the hash of series by name, whatever the order of their rows."""
    digest = hashlib.sha256()
    for name in sorted(series):
        points = series[name]
        if len(points) == 0:
            continue
        order = np.lexsort((points.values, points.time_ns))
        digest.update(f"{name}\n{len(points)}\n".encode())
        digest.update(points.time_ns[order].astype(_LITTLE_TIMES).tobytes())
        digest.update(points.values[order].astype(_LITTLE_VALUES).tobytes())
    return digest.hexdigest()


def data_sha256(sources: Iterable[Source], others: Iterable[str] = ()) -> str:
    """Return the hash of what meters gave and of ``others``, hashes of further data; empty where there is nothing."""
    lines = sorted({f"{one.meter} {one.role} {one.start_ns} {one.end_ns} {one.sha256}" for one in sources})
    lines += sorted(set(others))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else ""


def lineage(configuration: Configuration, data_hash: str) -> Lineage:
    """Return a figure's lineage."""
    whole = hashlib.sha256(f"{configuration.sha256} {data_hash}".encode()).hexdigest()
    return Lineage(configuration=configuration, data_sha256=data_hash, sha256=whole)


def configuration(site: Site, first: dt.date, last: dt.date) -> Configuration:
    """Return what figures of the days [first, last] are computed with.

    Only entries that are in force on one of these days count, so that one which begins later changes nothing.

    Raises:
        ConfigError: the site names a standards profile that does not exist.
    """
    parts = {name: _sha256(part) for name, part in _tables(reduced(site, first, last)).items()}
    parts |= {f"data/{name}": value for name, value in _data_files().items()}
    known = set(profile_names())
    used = sorted({device.profile for device in site.devices} & known)
    parts["profiles"] = _sha256([profile(name) for name in used])
    standards = profile_of(site)
    whole = _sha256([VERSION, standards, sorted(parts.items())])
    return Configuration(software=VERSION, standards=standards, parts=parts, sha256=whole)


def reduced(site: Site, first: dt.date, last: dt.date) -> Site:
    """Return what figures of the days [first, last] need of a site: no secret, no address, nothing out of force."""
    bare = [msgspec.structs.replace(device, address="", credential="", engine="") for device in site.devices]
    return msgspec.structs.replace(
        site,
        devices=bare,
        credentials={},
        meters=[meter for meter in site.meters if meter.valid_from <= last and first < meter.valid_to],
        renewables=[claim for claim in site.renewables if _in_force(claim, first, last)],
        tariff=None,
        edge_nodes=[],
    )


def _in_force(claim: Renewable, first: dt.date, last: dt.date) -> bool:
    return claim.valid_from <= last and first < claim.valid_to


def _tables(site: Site) -> dict[str, object]:
    # What a site is called and how often a device is asked changes no figure.
    info = msgspec.structs.replace(site.info, title_zh="", title_en="")
    devices = sorted((device.name, device.profile, device.rack) for device in site.devices)
    return {
        "site": info,
        "meters": sorted(msgspec.json.encode(meter).decode() for meter in site.meters),
        "renewables": site.renewables,
        "racks": site.racks,
        "devices": devices,
        "feeds": sorted((feed.source, feed.target) for feed in site.feeds),
        "declared": [site.design, site.servers, site.characteristic_points, sorted(site.declared.items())],
    }


@cache
def _data_files() -> dict[str, str]:
    """Return the hash of each data file of limits and factors."""
    found = (path for path in files(data.__name__).iterdir() if path.name.endswith(".toml"))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(found, key=lambda p: p.name)}


def _sha256(part: object) -> str:
    return hashlib.sha256(msgspec.json.encode(part, order="deterministic")).hexdigest()


def _used(points: Points, start_ns: int, end_ns: int) -> Points:
    """Return the values within a window and the ones next to it on both sides."""
    first = max(0, int(np.searchsorted(points.time_ns, start_ns)) - 1)
    last = int(np.searchsorted(points.time_ns, end_ns)) + 1
    return Points(time_ns=points.time_ns[first:last], values=points.values[first:last])


def _boundaries(curve: MeterCurve, points: Points) -> tuple[Boundary, ...]:
    if len(points) == 0:
        return ()
    edges = {int(points.time_ns[0]), int(points.time_ns[-1])}
    edges |= {edge for gap in curve.curve.bridged for edge in gap}
    edges |= {edge for span in curve.spans() for edge in span}
    wanted = np.array(sorted(edges), dtype=np.int64)
    at = np.searchsorted(points.time_ns, wanted)
    found = [i for i, edge in zip(at.tolist(), wanted.tolist(), strict=True) if _is_at(points, i, edge)]
    return tuple(Boundary(time_ns=int(points.time_ns[i]), value=float(points.values[i])) for i in found)


def _is_at(points: Points, i: int, edge: int) -> bool:
    return i < len(points) and int(points.time_ns[i]) == edge
