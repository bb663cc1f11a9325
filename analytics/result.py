"""The result of an efficiency figure: a value or a reason why there is none, with everything needed to judge it."""

from __future__ import annotations

import msgspec

from analytics.limits import Judgement
from analytics.lineage import Lineage, Source


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a figure: energy [J] of the meters of a role over the windows that all sides share.

    ``sources`` say what each meter gave, where the figure was computed with its lineage.
    """

    role: str
    meters: tuple[str, ...]
    energy_j: float | None
    coverage: float
    method: str
    uncertainty: float | None = None
    resets: int = 0
    gaps: int = 0
    sources: tuple[Source, ...] = ()


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a reader of a figure must know: `kpis.remark.<code>` in the catalogue, with its parameters."""

    code: str
    params: dict[str, str] = {}


class KpiResult(msgspec.Struct, frozen=True, kw_only=True):
    """One figure for [start_ns, end_ns).

    ``label`` is how the standard names it for this period (``iPUE`` below 12 months). ``category`` is the metering
    point of IT energy (1 to 3, 0 where it has no meaning). ``coverage`` is the share of the period in which all
    inputs are known at once. ``uncertainty`` is relative (0.01 is 1 %). ``reason`` is a code of `kpis.reason.*` and
    is empty when the figure is sound; ``provisional`` says that coverage is enough to show it and not enough to
    report it. ``remarks`` say what else a reader must know, such as a factor of an earlier year. ``part`` names the
    module that a figure is about, empty for the whole site. ``judgements`` are the limits of the site's profile.
    """

    kpi: str
    label: str
    value: float | None
    unit: str
    start_ns: int
    end_ns: int
    category: int = 0
    coverage: float = 0.0
    uncertainty: float | None = None
    reason: str = ""
    method: str = ""
    provisional: bool = False
    standard: str = ""
    inputs: tuple[Input, ...] = ()
    remarks: tuple[Remark, ...] = ()
    part: str = ""
    judgements: tuple[Judgement, ...] = ()
    lineage: Lineage | None = None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the value less and plus its uncertainty."""
        if self.value is None or self.uncertainty is None:
            return None
        return self.value * (1.0 - self.uncertainty), self.value * (1.0 + self.uncertainty)
