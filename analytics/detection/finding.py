"""What a learned detector, the gate, a peer or a residual model says holds now about one series or group."""

from __future__ import annotations

import msgspec

from analytics.alarms.explanation import Explanation
from greendc.model import SeriesKey

HIGH = "high"
LOW = "low"
BOTH = "both"
NONE = "none"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is out of the ordinary now.

    ``rule`` is the key of the alarm rule that takes it, ``kind`` picks the wording within the rule. ``group`` is what a
    finding about several series is told by (a device, a rack, a loop); ``series`` is then the one that shows it best,
    or None. ``since_ns`` is when it began, ``time_ns``
    the step that was judged last, UTC. ``value`` is in ``unit``. ``surprise`` is -log10 of the chance of one step
    looking like this. ``direction`` (`HIGH`, `LOW` or empty) is where the value has gone, ``harmful`` (`HIGH`, `LOW`,
    `BOTH` or `NONE`) where it does harm. ``before`` is what the value was, where a fault of data says so.
    ``devices`` are all that are out of the ordinary together, the one of the series among them.
    """

    rule: str
    kind: str
    series: SeriesKey | None = None
    group: str = ""
    since_ns: int
    time_ns: int
    value: float | None = None
    unit: str = ""
    surprise: float = 0.0
    direction: str = ""
    harmful: str = BOTH
    before: float | None = None
    devices: tuple[str, ...] = ()
    explanation: Explanation = msgspec.field(default_factory=Explanation)

    @property
    def is_harmful(self) -> bool:
        """Tell whether the value has gone where it does harm; a direction that is not known counts as harmful."""
        return self.harmful == BOTH or (self.harmful != NONE and self.direction in {"", self.harmful})

    @property
    def device(self) -> str:
        """Return the device of the series, empty without one."""
        return self.series.device if self.series is not None else ""

    @property
    def subject(self) -> str:
        """Return what the finding is about, the same text as long as it stands."""
        if self.group or self.series is None:
            return self.group
        return "/".join(name for name in (self.series.device, self.series.part, self.series.quantity) if name)
