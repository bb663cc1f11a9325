"""How long the figures of a year of meters take: from the store's rollups, and from every reading there is.

    python -m benchmarks.figures [--meters 500] [--days 365]

The data are energy registers read once a minute (`benchmarks.telemetry`); 500 meters for a year are 263 million
readings, which take some minutes to write.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from analytics.energy import role_energy
from analytics.formulas.energy_ratios import pue
from analytics.kpis import compute
from benchmarks.telemetry import DAY, END_NS, SITE, meter_days, meter_keys
from greendc.site import Meter, Role, Site, SiteInfo
from greendc.storage import EMBEDDED, open_store
from greendc.storage.embedded import EmbeddedStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from greendc.contracts import Store

T = TypeVar("T")

FULL = 500, 365
SMALL = 50, 70
"""Meters and days."""
RAW_DAYS = 2
"""Windows up to this long are read reading by reading."""
COOLING = 0.1
"""The share of meters that measure cooling; the first one measures the site, all others rack PDUs."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The same PUE twice, each with the seconds it took, and how long a window had to be known for it."""

    meters: int
    days: int
    readings: int
    written_s: float
    sealed_s: float
    first_s: float
    rollups_s: float
    all_s: float
    raw_s: float
    pue_rollups: float
    pue_raw: float


def metered_site(meters: int) -> Site:
    """Return a site whose first meter is its supply, a tenth of whose others are cooling and the rest rack PDUs."""
    devices = [key.device for key in meter_keys(meters)]
    cooling = max(1, round(COOLING * meters))
    pdus = meters - 1 - cooling
    # All registers move alike, so the supply's transformer makes it half as much again as what it feeds.
    roles = [Meter(role=Role.FACILITY_INPUT, device=devices[0], accuracy_ratio=0.005, factor=1.5 * pdus)]
    roles += [Meter(role=Role.COOLING, device=device) for device in devices[1 : 1 + cooling]]
    roles += [Meter(role=Role.PDU_OUTPUT, device=device) for device in devices[1 + cooling :]]
    return Site(info=SiteInfo(name=SITE, timezone="UTC"), meters=roles)


def timed(action: Callable[[], T]) -> tuple[float, T]:
    """Run an action; return how long it took [s] and what it gave."""
    start = time.perf_counter()
    found = action()
    return time.perf_counter() - start, found


def pue_of(store: Store, site: Site, start_ns: int, end_ns: int) -> float:
    """Return the PUE of a window."""
    (found,) = compute(store, site, start_ns, end_ns, {"pue"})
    if found.value is None:
        raise RuntimeError(found.reason)
    return found.value


def pue_of_readings(store: Store, site: Site, start_ns: int, end_ns: int) -> float:
    """Return the same from windows so short that every reading is read."""
    facility_j = it_j = 0.0
    for begin_ns in range(start_ns, end_ns, RAW_DAYS * DAY):
        window = begin_ns, min(begin_ns + RAW_DAYS * DAY, end_ns)
        facility_j += role_energy(store, site, Role.FACILITY_INPUT, *window).value_j or 0.0
        it_j += role_energy(store, site, Role.PDU_OUTPUT, *window).value_j or 0.0
    return pue(facility_j, it_j) or 0.0


def measure(meters: int, days: int, folder: Path) -> Figures:
    """Write the readings of meters, seal them, and compute the figures of all their days."""
    site, start_ns = metered_site(meters), END_NS - days * DAY
    store = open_store(EMBEDDED, folder)
    written_s = 0.0
    for batch in meter_days(meters, days):
        written_s += timed(partial(store.write_batch, batch))[0]
    store.close()
    owner = EmbeddedStore(folder / "store" / "readings.sqlite")
    sealed_s, _ = timed(owner.compact)
    owner.close()
    reader = open_store(EMBEDDED, folder, read_only=True)
    first_s, _ = timed(lambda: pue_of(reader, site, start_ns, END_NS))
    rollups_s, from_rollups = timed(lambda: pue_of(reader, site, start_ns, END_NS))
    all_s, _ = timed(lambda: compute(reader, site, start_ns, END_NS))
    raw_s, from_raw = timed(lambda: pue_of_readings(reader, site, start_ns, END_NS))
    reader.close()
    return Figures(
        meters=meters,
        days=days,
        readings=meters * days * 1440,
        written_s=written_s,
        sealed_s=sealed_s,
        first_s=first_s,
        rollups_s=rollups_s,
        all_s=all_s,
        raw_s=raw_s,
        pue_rollups=from_rollups,
        pue_raw=from_raw,
    )


def show(found: Figures) -> None:
    """Print the table."""
    memory_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{found.readings:,} readings of {found.meters} meters, {found.days} days at 1 min")
    for name, seconds in (
        ("writing", found.written_s),
        ("sealing and rolling up the rest", found.sealed_s),
        ("PUE from rollups, cold", found.first_s),
        ("PUE from rollups", found.rollups_s),
        ("every figure from rollups", found.all_s),
        ("PUE from every reading", found.raw_s),
    ):
        print(f"{name:<36} {seconds:>10.2f} s")
    print(f"{'PUE from rollups, from readings':<36} {found.pue_rollups:>10.6f} {found.pue_raw:.6f}")
    print(f"{'most memory':<36} {memory_mib:>10.0f} MiB")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--meters", type=int, default=FULL[0])
    parser.add_argument("--days", type=int, default=FULL[1])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        show(measure(given.meters, given.days, Path(name)))


if __name__ == "__main__":
    main()
