"""What the site model says of a change beside what the simulated plant does with it.

    python -m benchmarks.site_model [--variants 0,1,2,3,4,5] [--days 14] [--season summer]

The model is fitted on two weeks of a room's telemetry, by the quarter of an hour. Then the same plant, from the same
seed, runs the same weeks with its set-points changed: the difference is what the change truly saves.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.site_model import Change, Draws, SiteModel, fit, gather
from benchmarks.advice.lived_plant import DAY_S, SEASONS, STEP_S, TOTAL, change_move
from benchmarks.anomaly.column_store import ColumnStore
from greendc.site import read_site
from greendc.units import NS_PER_SECOND
from simulators.plant.plant import Plant
from simulators.plant.variants import variant
from simulators.runs.readings import Readings
from simulators.sites.presets import preset
from simulators.sites.simulated_site import SimulatedSite

if TYPE_CHECKING:
    from analytics.site_model import PlantFrame
    from simulators.plant.record import Record

WARM_UP_STEPS = 16
SEED = 3
CHANGES = {
    "supply +2 K": Change(supply_k=2.0),
    "chilled +2 K": Change(chilled_k=2.0),
    "supply, chilled +2 K": Change(supply_k=2.0, chilled_k=2.0),
    "supply, chilled +5 K": Change(supply_k=5.0, chilled_k=5.0),
    "fans x 0.9": Change(fan_ratio=0.9),
    "condenser +3 K": Change(condenser_k=3.0),
    "UPS eco": Change(ups_eco=True),
}
FIXED_FANS = 4
PLACES = (10, 50, 90)
SMALL_W, TINY_W = 90.0, 20.0
"""Of a plant of 90 kW: what is too small for a sign, and what is no difference."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A change of one plant: what the model says it saves on average [W] and what it truly does."""

    variant: int
    change: str
    p10: float
    p50: float
    p90: float
    truth_w: float
    outside: tuple[str, ...]

    @property
    def contained(self) -> bool:
        """Tell whether the range holds the truth; tiny differences are none."""
        return self.p10 - TINY_W <= self.truth_w <= self.p90 + TINY_W

    @property
    def right_sign(self) -> bool:
        """Tell whether the middle has the sign of the truth, where the truth is a thousandth of the plant or more."""
        return abs(self.truth_w) < SMALL_W or self.p50 * self.truth_w > 0.0


def telemetry(number: int, start_s: float, days: float, seed: int = SEED) -> tuple[PlantFrame, Record]:
    """Return what a simulated room's collectors would have stored, and what it really did."""
    site = SimulatedSite(
        preset("room", itertools.count(1).__next__, "mqtt://127.0.0.1:1883"),
        seed=seed,
        start_s=start_s - WARM_UP_STEPS * STEP_S,
        number=number,
    )
    site.run(WARM_UP_STEPS, STEP_S)
    records = site.run(round(days * DAY_S / STEP_S), STEP_S)
    store = ColumnStore()
    # All of it is old: one reading in a quarter of an hour.
    for batch in Readings(site, start_s + 365.0 * DAY_S).batches(records):
        store.write_batch(batch)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "site.toml"
        file.write_text(site.preset.files["site.toml"], "utf-8")
        conf = read_site(file)
    start_ns = round(start_s) * NS_PER_SECOND
    return gather(store, conf, start_ns, start_ns + round(days * DAY_S) * NS_PER_SECOND), records["room"]


def twin_w(number: int, start_s: float, days: float, change: Change, seed: int = SEED) -> float:
    """Return the mean power [W] of the whole plant with its set-points changed."""
    parameters = preset("room", itertools.count(1).__next__, "mqtt://127.0.0.1:1883").plants["room"]
    plant = Plant(seed, start_s - WARM_UP_STEPS * STEP_S, variant(number, parameters))
    change_move(change)(plant.levers)
    plant.run(WARM_UP_STEPS, STEP_S)
    return total_w(plant.run(round(days * DAY_S / STEP_S), STEP_S))


def total_w(record: Record) -> float:
    """Return the mean power [W] of everything that runs, whatever it is fed from."""
    return float(sum(record.signal(name).mean() for name in TOTAL))


def outcomes(number: int, start_s: float, days: float, draws: Draws | None = None) -> tuple[SiteModel, list[Outcome]]:
    """Return the model of one variant and each change beside its truth."""
    frame, record = telemetry(number, start_s, days)
    model, usual = fit(frame), total_w(record)
    found = []
    for name, change in CHANGES.items():
        if change.fan_ratio != 1.0 and number % FIXED_FANS == FIXED_FANS // 2:
            continue  # This variant's fans stand at one speed, which nobody can set.
        found.append(judged(model, frame, (number, name, change), usual - twin_w(number, start_s, days, change), draws))
    return model, found


def judged(
    model: SiteModel,
    frame: PlantFrame,
    case: tuple[int, str, Change],
    truth_w: float,
    draws: Draws | None = None,
) -> Outcome:
    """Return one change beside its truth [W]."""
    number, name, change = case
    said = model.replay(frame, change, draws or Draws())
    p10, p50, p90 = (float(value) for value in np.percentile(said.mean_saved_w(), PLACES))
    return Outcome(
        variant=number, change=name, p10=p10, p50=p50, p90=p90, truth_w=truth_w, outside=said.outside
    )  # fmt: skip


def table(found: list[Outcome]) -> str:
    """Return the outcomes as text."""
    lines = [f"{'variant':>7}  {'change':22} {'P10':>7} {'P50':>7} {'P90':>7} {'truth':>7}  W"]
    for one in found:
        marks = ("" if one.contained else " outside P10-P90") + ("" if one.right_sign else " WRONG SIGN")
        beyond = f" [outside what was seen: {', '.join(one.outside)}]" if one.outside else ""
        figures = " ".join(f"{value:7.0f}" for value in (one.p10, one.p50, one.p90, one.truth_w))
        lines.append(f"{one.variant:>7}  {one.change:22} {figures} {marks}{beyond}")
    held, signs = sum(one.contained for one in found), sum(one.right_sign for one in found)
    lines.append(f"P10-P90 holds the truth in {held} of {len(found)}, the sign is right in {signs}")
    return "\n".join(lines)


def main() -> None:
    """Fit, replay and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", default="0,1,2,3,4,5")
    parser.add_argument("--days", type=float, default=14.0)
    parser.add_argument("--season", default="summer", choices=sorted(SEASONS))
    parser.add_argument("--parameters", action="store_true", help="print every coefficient too")
    asked = parser.parse_args()
    found: list[Outcome] = []
    for number in (int(word) for word in asked.variants.split(",")):
        model, some = outcomes(number, SEASONS[asked.season], asked.days)
        found += some
        if asked.parameters:
            for one in model.parameters():
                print(f"{one.name:30} {one.value:9.4f} +- {one.error:.4f} {one.unit:4} {one.source} {one.reason}")
    print(f"{asked.season}, {asked.days:g} days")
    print(table(found))


if __name__ == "__main__":
    main()
