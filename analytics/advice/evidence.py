"""What was measured of a measure once it was carried out: the form of the bodies that verification writes."""

from __future__ import annotations

import msgspec

from analytics.verification import SavingsReport
from analytics.verification.report import Reason


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """An amount with the interval that holds it, of the same probability as that of the energy."""

    value: float
    low: float
    high: float


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the days since a measure was carried out tell.

    The baseline is [``baseline_from_ns``, ``baseline_to_ns``), what is reported [``from_ns``, ``to_ns``); ``days`` of
    it are known, ``days_needed`` is how many there should be at least. ``report`` is None before there is a single day;
    its energy is in kWh. ``money`` (in ``currency``) and ``carbon_kg`` are at the tariff and the grid's factor of those
    hours. ``reasons`` say what else touches the claim.
    """

    option: str
    target: str
    baseline_from_ns: int
    baseline_to_ns: int
    from_ns: int
    to_ns: int
    days: float
    days_needed: float
    report: SavingsReport | None = None
    money: Saved | None = None
    currency: str = ""
    carbon_kg: Saved | None = None
    carbon_source: str = ""
    reasons: tuple[Reason, ...] = ()

    @property
    def days_more(self) -> float | None:
        """Return how many more days are needed, None where more days would not help or none is needed."""
        planned = max(0.0, self.days_needed - self.days)
        more = self.report.days_more if self.report is not None else None
        return max(planned, more) if more is not None else planned or None


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a verified saving the last days still show; ratios are of what would have been used.

    ``holds`` is False from the day on at which the saving has gone, and True again when it came back.
    """

    holds: bool
    verified_ratio: float
    recent_ratio: float
    recent_low: float
    recent_high: float
    from_ns: int
    to_ns: int
