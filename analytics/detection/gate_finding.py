"""What the data-quality gate says, as a finding."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analytics.alarms.explanation import Change, Explanation
from analytics.detection.finding import BOTH, Finding
from analytics.gate.fault import Fault
from analytics.gate.finding import PLAIN
from greendc.quantities import quantity
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.gate.finding import GateFinding

GAP, FAULT = "data_gap", "data_fault"
LOADS = frozenset({"W", "A", "V.A", "var", "m3/s"})
GAPS = frozenset({Fault.DROPOUT, Fault.LOSSY, Fault.CLOCK})


def tells(found: GateFinding) -> bool:
    """Tell whether a fault of data is worth an alarm: a load that comes for a minute now and then is no fault."""
    return found.fault is not Fault.SPIKE or quantity(found.key.quantity).unit not in LOADS


def finding_of(found: GateFinding) -> Finding:
    """Return a finding of rule `GAP` or `FAULT`, its kind being the fault's key."""
    plain = found.fault in PLAIN
    unit = "" if plain else quantity(found.key.quantity).unit
    before, after = _known(found.before), _known(found.after)
    changed = None
    if not plain and before is not None and after is not None:
        changed = Change(time_ns=found.since_ns, before=before, after=after)
    return Finding(
        rule=GAP if found.fault in GAPS else FAULT,
        kind=found.fault.key,
        series=found.key,
        group=found.subject,
        since_ns=found.since_ns,
        time_ns=found.time_ns,
        value=after,
        unit=unit,
        harmful=BOTH,
        explanation=Explanation(
            series=found.subject,
            value=None if plain else after,
            unit=unit,
            held_s=(found.time_ns - found.since_ns) / NS_PER_SECOND,
            change=changed,
            data_quality="bad",
            model="gate 1",
        ),
        before=before,
    )


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
