"""Faults of a simulated plant before the whole chain: which are found, by what, how soon, and at what cost of energy.

    python -m benchmarks.anomaly.scenarios [--days 14] [--seed 5] [--only KIND ...] [--out FILE]

A room learns for some days; then each fault happens to a copy of it. An alarm counts for a fault when the same room
without it raises none like it. False alarms are those of the copy to which nothing happens.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from analytics.alarms import RULES
from benchmarks.anomaly.simulated_room import DAY_S, HOUR_S, LOOPS, Raised, begun, played, scratch, truth_of
from greendc.clock import from_iso
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.anomaly.simulated_room import Chain

SEED = 5
LEARN_DAYS = 14.0
ONSET_S = 2 * HOUR_S
EACH_S = 900.0
"""How often the alarms are looked at."""
WEEK_S = 7 * DAY_S
HARD = frozenset(rule.key for rule in RULES if rule.hard)


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A fault to be found: its kind, whom it meets, how fast it comes, how long it is watched."""

    kind: str
    target: str = ""
    ramp: str = ""
    hours: float = 10.0
    severity: float | None = None
    more: str = ""

    def text(self) -> str:
        """Return the event as a scenario file has it."""
        lines = ["[[events]]", f'kind = "{self.kind}"', f'at = "{ONSET_S / HOUR_S:.0f}h"']
        lines += [f'target = "{self.target}"'] if self.target else []
        lines += [f'ramp = "{self.ramp}"'] if self.ramp else []
        lines += [f"severity = {self.severity}"] if self.severity is not None else []
        lines += [f'duration = "{self.hours:.0f}h"', self.more]
        return "\n".join(lines) + "\n"


PLANT_FAULTS = (
    Fault(kind="fan_failure", target="crah-2", hours=6),
    Fault(kind="filter_clog", target="crah-1", ramp="1d", hours=30),
    Fault(kind="coil_fouling", target="crah-4", ramp="1d", hours=30),
    Fault(kind="valve_stuck", target="crah-1"),
    Fault(kind="control_hunting", target="crah-2"),
    Fault(kind="recirculation", target="r04"),
    Fault(kind="air_bypass", target="module-1"),
    Fault(kind="humidity_fight", target="crah-1"),
    Fault(kind="damper_stuck_open"),
    Fault(kind="chiller_degradation", target="chiller-1", ramp="1d", hours=30),
    Fault(kind="condenser_fouling", target="chiller-1", ramp="12h", hours=20),
    Fault(kind="refrigerant_loss", target="chiller-1", hours=24),
    Fault(kind="pump_wear"),
    Fault(kind="tower_fan_loss"),
    Fault(kind="tower_fouling"),
    Fault(kind="low_delta_t"),
    Fault(kind="economiser_stuck_closed"),
    Fault(kind="economiser_stuck_open"),
    Fault(kind="water_leak"),
    Fault(kind="heat_recovery_loss"),
    Fault(kind="ups_module_loss", target="ups-a"),
    Fault(kind="ups_bypass", target="ups-b", hours=8),
    Fault(kind="battery_weak", target="ups-a"),
    Fault(kind="storage_weak", hours=24),
    Fault(kind="pv_string_loss", hours=24),
    Fault(kind="phase_overload", target="r03/a/l2"),
    Fault(kind="grid_outage", hours=1),
    Fault(kind="supply_failure", target="r02/a", hours=6),
    Fault(kind="server_failure", target="r05/3"),
    Fault(kind="zombie_servers", target="r06"),
    Fault(kind="crypto_load", target="r07"),
)
"""Every kind of plant fault that a room of this build can have; liquid cooling and a second air path it has not."""
_TEMPERATURE = 'part = "remote/1"\nquantity = "air_temperature_c"\n'
SENSOR_FAULTS = (
    Fault(kind="sensor_stuck", target="env-r02", more=_TEMPERATURE),
    Fault(kind="sensor_drift", target="env-r03", more=_TEMPERATURE, hours=72, severity=1.0),
    Fault(kind="sensor_offset", target="crah-1", more='quantity = "supply_air_temperature_c"\n', severity=2.0),
    Fault(kind="sensor_noise", target="env-r05", more=_TEMPERATURE, severity=1.0),
    Fault(kind="sensor_spikes", target="env-r06", more=_TEMPERATURE, severity=15.0),
    Fault(kind="sensor_dropout", target="env-r01", more='part = "remote/1"\n', hours=6),
    Fault(kind="meter_reset", target="pdu-r03-b", more='part = ""\nquantity = "active_energy_j"\n'),
    Fault(kind="ct_reversed", target="meter-aux", more='part = "phase/l2"\n'),
    Fault(
        kind="wrong_scale", target="pdu-r05-a", more='part = ""\nquantity = "active_power_w"\n', severity=10.0, hours=12
    ),
    Fault(kind="wrong_multiplier", target="meter-aux", severity=1.25),
    Fault(kind="sensors_swapped", target="env-r04", more=_TEMPERATURE + 'other_part = "remote/3"\n'),
)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a fault: how it was first found (empty: not), how long after it showed [s], what else was said."""

    fault: Fault
    visible: bool
    by: str = ""
    alarm: str = ""
    delay_s: float = 0.0
    announced: tuple[str, ...] = ()
    filed: int = 0
    cost_kwh: float = 0.0
    sentence: str = ""


def run(
    faults: Sequence[Fault], folder: Path, *, seed: int, days: float, out: Path | None = None, each_s: float = EACH_S
) -> list[Outcome]:
    """Return what became of each fault; lines are printed as they come."""
    base = begun(folder / "base", seed, minutely=LOOPS)
    base.learn(days)
    base.watch(12 * HOUR_S, each_s)
    calm = base.copied(folder / "calm")
    longest_s = max(fault.hours for fault in faults) * HOUR_S
    calm.watch(ONSET_S + longest_s, each_s)
    usual = {raised.alarm.id for raised in calm.raised()}
    devices, weeks = len(calm.site.devices), (12 * HOUR_S + ONSET_S + longest_s) / WEEK_S
    _say(out, f"room seed {seed}, {days:g} days learned; nothing happens: {len(calm.raised())} alarms,")
    _say(out, f"{len(calm.raised()) / devices / weeks:.4f} a device-week {sorted(usual)}")
    _say(out, f"{'kind':24} {'found by':9} {'alarm':42} {'delay':>8} {'alarms':>6} {'filed':>5} {'kWh':>8}")
    calm.close()
    outcomes = []
    for fault in faults:
        outcome = one(base, fault, folder, usual, seed=seed, each_s=each_s)
        outcomes.append(outcome)
        _say(out, row(outcome))
    summary(outcomes, out)
    base.close()
    return outcomes


def one(base: Chain, fault: Fault, folder: Path, usual: set[str], *, seed: int, each_s: float) -> Outcome:
    """Return what becomes of one fault in a copy of a room."""
    chain = base.copied(folder / fault.kind)
    length_s = ONSET_S + fault.hours * HOUR_S
    play = played(chain, fault.text(), length_s, seed)
    begin_s = chain.simulated.time_s
    chain.watch(length_s, each_s, play)
    truth = truth_of(play)
    shown_s = from_iso(truth.first_visible) / NS_PER_SECOND if truth.first_visible else begin_s + ONSET_S
    found = [r for r in chain.raised() if r.time_s >= shown_s and r.alarm.id not in usual]
    chain.close()
    first = min(found, key=lambda raised: (raised.time_s, raised.alarm.advisory), default=None)
    seen = Outcome(fault=fault, visible=bool(truth.first_visible), cost_kwh=truth.energy_impact_kwh)
    if first is None:
        return seen
    return msgspec.structs.replace(
        seen,
        by=_by(first),
        alarm=first.alarm.id,
        delay_s=first.time_s - shown_s,
        announced=tuple(r.alarm.id for r in found if r.alarm.announced),
        filed=sum(not r.alarm.announced for r in found),
        sentence=first.alarm.explanation.sentence("en") if first.alarm.explanation else "",
    )


def row(outcome: Outcome) -> str:
    """Return an outcome as a line of the table."""
    by = outcome.by or ("missed" if outcome.visible else "no effect")
    delay = f"{outcome.delay_s / HOUR_S:.1f} h" if outcome.by else ""
    return (
        f"{outcome.fault.kind:24} {by:9} {outcome.alarm:42} {delay:>8} {len(outcome.announced):6} "
        f"{outcome.filed:5} {outcome.cost_kwh:8.1f}  {' '.join(i for i in outcome.announced if i != outcome.alarm)}"
    )


def summary(outcomes: Sequence[Outcome], out: Path | None) -> None:
    """Print how many were found and how soon."""
    shown = [outcome for outcome in outcomes if outcome.visible]
    found = [outcome for outcome in shown if outcome.by]
    delay = statistics.median(outcome.delay_s for outcome in found) / HOUR_S if found else 0.0
    ways = {way: sum(o.by == way for o in found) for way in sorted({o.by for o in found})}
    _say(out, f"found {len(found)} of {len(shown)} kinds that have an effect, median delay {delay:.1f} h, by {ways}")


def _by(raised: Raised) -> str:
    rule = raised.alarm.rule
    if rule in HARD:
        return "limit"
    return rule if rule in {"learned", "gate", "residual", "peer"} else "rule"


def _say(out: Path | None, line: str) -> None:
    print(line, flush=True)
    if out is not None:
        with out.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=float, default=LEARN_DAYS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--sensors", action="store_true", help="faults of sensors instead of the plant")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    faults = SENSOR_FAULTS if options.sensors else PLANT_FAULTS
    chosen = [fault for fault in faults if not options.only or fault.kind in options.only]
    if options.out is not None:
        options.out.write_text("", encoding="utf-8")
    begin_s = time.monotonic()
    with scratch() as folder:
        run(chosen, Path(folder), seed=options.seed, days=options.days, out=options.out)
    _say(options.out, f"{time.monotonic() - begin_s:.0f} s")


if __name__ == "__main__":
    main()
