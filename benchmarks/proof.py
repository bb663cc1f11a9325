"""The figures of a simulated room beside what its plant really did, at the same boundary.

    python -m benchmarks.proof [--days 30] [--seed 3]

Every figure comes from what the devices showed, with the errors of their class; the truth comes from the plant's own
registers, which no device has touched.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from analytics.carbon import grid_factor
from analytics.kpis import compute
from analytics.kpis.calendar import local_day
from analytics.result import KpiResult
from greendc.site import Role, read_site
from greendc.storage import EMBEDDED, open_store
from greendc.units import J_PER_KWH, NS_PER_SECOND
from simulators.runs.backfill import Backfill
from simulators.runs.plan import DAY_S, Plan
from simulators.runs.site_state import StateFiles
from simulators.sites.presets import ROOM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from greendc.contracts import Store
    from greendc.model import Batch
    from greendc.site import Site

L_PER_M3 = 1000.0
AMOUNTS = {"J", "m3"}
WITHOUT = {1: {Role.PDU_OUTPUT, Role.IT_INPUT}, 2: {Role.IT_INPUT}, 3: frozenset[Role]()}
"""Which meters are taken away so that IT energy is metered at a category's point."""


class Taker(Protocol):
    """Takes batches, such as a store."""

    def write_batch(self, batch: Batch, /) -> None:
        """Keep a batch."""


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """A figure beside the truth, with the category it should have, 0 where that has no meaning."""

    name: str
    found: KpiResult
    truth: float
    category: int

    @property
    def off(self) -> float | None:
        """Return by how much of the truth the figure is off."""
        return None if self.found.value is None else self.found.value / self.truth - 1.0

    @property
    def holds(self) -> bool:
        """Tell whether the figure is within its own uncertainty of the truth, and of the category wanted."""
        off, within = self.off, self.found.uncertainty
        if off is None or within is None or self.category not in {0, self.found.category}:
            return False
        # An amount is what is known of the period; a ratio is of windows that both of its sides share.
        unknown = 1.0 - self.found.coverage if self.found.unit in AMOUNTS else 0.0
        return -within - unknown <= off <= within


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What the plant's registers counted from ``start_ns`` to ``end_ns``, by register."""

    start_ns: int
    end_ns: int
    amounts: dict[str, float]

    def of(self, *registers: str) -> float:
        """Return what registers counted together [J, m3]."""
        return sum(self.amounts[name] for name in registers)


def lived(plan: Plan, store: Taker) -> Moved:
    """Make the past of a plan into a store; return what its plant did in all of it."""
    plan.written()
    Backfill(plan, lambda batch, _mark: store.write_batch(batch), lambda _made: None).run()
    state = StateFiles(plan.folder, plan.identity).site()
    if state is None:
        raise FileNotFoundError(plan.folder)
    first, last = state.first.registers[ROOM], state.last.registers[ROOM]
    return Moved(
        start_ns=round(state.first.time_s * NS_PER_SECOND),
        end_ns=round(state.last.time_s * NS_PER_SECOND),
        amounts={name: sum(row) - sum(first.get(name, [0.0] * len(row))) for name, row in last.items()},
    )


def renewable(site: Site) -> Site:
    """Return the site with its PV marked as renewable, as an owner would who keeps its attributes."""
    meters = [
        msgspec.structs.replace(meter, renewable=True) if meter.device == "meter-pv" else meter for meter in site.meters
    ]
    return msgspec.structs.replace(site, meters=meters)


def beside_the_truth(store: Store, site: Site, moved: Moved) -> Iterator[Beside]:
    """Yield each figure of the whole time that has a truth."""
    truths = _truths(site, moved)
    keys = {*truths, "it_energy"}
    for category, it in ((1, moved.of("ups_a.energy_j", "ups_b.energy_j")), (2, moved.of("pdu.energy_j"))):
        meters = [meter for meter in site.meters if meter.role not in WITHOUT[category]]
        found = {
            one.kpi: one
            for one in compute(store, msgspec.structs.replace(site, meters=meters), moved.start_ns, moved.end_ns, keys)
        }
        for name, (above, per_it, also) in truths.items():
            if per_it:
                truth = also + above / it
                yield Beside(name=f"{name} {category}", found=found[name], truth=truth, category=category)
            elif category == 1:
                yield Beside(name=name, found=found[name], truth=above, category=0)
        yield Beside(name=f"it_energy {category}", found=found["it_energy"], truth=it, category=category)


def _truths(site: Site, moved: Moved) -> Mapping[str, tuple[float, bool, float]]:
    """Return what stands above IT energy, or the figure itself, and what is added to the ratio."""
    supply_j, made_j = moved.of("truth.utility_j"), moved.of("truth.generation_j")
    centre_j = supply_j + made_j
    cooling_j, other_j = moved.of("truth.cooling_j"), moved.of("truth.other_j")
    reused_j, water_m3 = moved.of("reuse.heat_j"), moved.of("water.volume_m3")
    factor = grid_factor(site.info.region, local_day(site, moved.end_ns).year)
    return {
        "pue": (centre_j, True, 0.0),
        "ppue_cooling": (cooling_j, True, 1.0),
        "ppue_power": (centre_j - cooling_j - other_j, True, 0.0),
        "ere": (centre_j - reused_j, True, 0.0),
        "wue": (water_m3 * L_PER_M3 * J_PER_KWH, True, 0.0),
        "cue": (supply_j * (factor.kg_per_kwh if factor else 0.0), True, 0.0),
        "erf": (reused_j / centre_j, False, 0.0),
        "cer": (moved.of("chilled.heat_j") / cooling_j, False, 0.0),
        "ref": (moved.of("pv.energy_j") / centre_j, False, 0.0),
        "facility_energy": (supply_j, False, 0.0),
        "centre_energy": (centre_j, False, 0.0),
        "cooling_energy": (cooling_j, False, 0.0),
        "water_volume": (water_m3, False, 0.0),
    }


def line(one: Beside) -> str:
    """Return a row of the table."""
    found = one.found
    value = "-" if found.value is None else f"{found.value:.6g}"
    off = "-" if one.off is None else f"{one.off:+.3%}"
    within = "-" if found.uncertainty is None else f"{found.uncertainty:.3%}"
    said = "within" if one.holds else f"OUTSIDE {found.reason}"
    return f"{one.name:<18} {value:>12} {one.truth:>12.6g} {off:>9} {within:>8}  {said}, {found.coverage:.2%}"


def main() -> None:
    """Make a past, compute, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--days", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        store = open_store(EMBEDDED, Path(name))
        plan = Plan(preset="room", data_dir=name, seed=given.seed, past_s=given.days * DAY_S)
        began = time.perf_counter()
        moved = lived(plan, store)
        made = time.perf_counter()
        rows = list(beside_the_truth(store, renewable(read_site(Path(name) / "site.toml")), moved))
        print(
            f"{given.days:g} days, seed {given.seed}: {made - began:.0f} s, {time.perf_counter() - made:.1f} s figures"
        )
        print(f"{'':<18} {'figure':>12} {'truth':>12} {'off':>9} {'±':>8}")
        print("\n".join(line(one) for one in rows))
        store.close()


if __name__ == "__main__":
    main()
