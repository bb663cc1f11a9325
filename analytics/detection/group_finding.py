"""What the group model says of sensors that are judged together, as a finding."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analytics.alarms.explanation import DETECTOR, SENSOR, Explanation, shares_of
from analytics.detection.finding import HIGH, LOW, Finding
from analytics.detection.group import PARTS
from analytics.detection.joining import GROUP, TOGETHER
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.detection.group_watch import Standing
    from greendc.model import SeriesKey

RULE = "learned"
MOST_SURPRISE = 9.0
SHOWN_SENSORS = 8
BLAMED = 0.2
"""A device takes part in the finding when one of its sensors adds this share; that of the worst always does."""


def finding_of(
    standing: Standing,
    keys: Sequence[SeriesKey],
    *,
    time_ns: int,
    value: float,
    expected: float,
    unit: str,
    harmful: str,
) -> Finding:
    """Return a finding that names the sensor that adds most; ``value``, ``expected``, ``harmful`` are of that one."""
    key, last = keys[worst_of(standing)], standing.last
    parts = dict(zip(PARTS, last.shares.tolist(), strict=True))
    most = sorted(standing.blame, key=lambda place: (-standing.blame[place], place))[:SHOWN_SENSORS]
    sensors = {keys[place].label(): standing.blame[place] for place in most}
    devices = {key.device, *(keys[place].device for place in most if standing.blame[place] >= BLAMED)}
    is_known = math.isfinite(value) and math.isfinite(expected)
    surprise = min(MOST_SURPRISE, last.surprise)
    explanation = Explanation(
        series=key.label(),
        value=value if math.isfinite(value) else None,
        unit=unit,
        expected=expected if is_known else None,
        one_in=10.0**surprise,
        held_s=(time_ns - standing.since_ns) / NS_PER_SECOND,
        shares=(*shares_of(DETECTOR, parts), *shares_of(SENSOR, sensors)),
        data_quality="good",
        provisional=standing.provisional,
        model=f"group {standing.version}",
    )
    return Finding(
        rule=RULE,
        kind=GROUP,
        series=key,
        group=f"{TOGETHER}/{standing.members.name}",
        since_ns=standing.since_ns,
        time_ns=time_ns,
        value=explanation.value,
        unit=unit,
        surprise=surprise,
        direction="" if not is_known else HIGH if value > expected else LOW,
        harmful=harmful,
        devices=tuple(sorted(devices)),
        explanation=explanation,
    )


def worst_of(standing: Standing) -> int:
    """Return the place of the series that adds most."""
    return max(standing.blame, key=lambda place: (standing.blame[place], -place))
