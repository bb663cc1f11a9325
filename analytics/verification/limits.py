"""What a verified saving must keep, from the dated file beside the other limits."""

from __future__ import annotations

import datetime as dt
import tomllib
from functools import cache
from importlib.resources import files

import msgspec


class Guideline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How well the baseline must fit, and how narrow the saving's range must be (ratios)."""

    source: str
    valid_from: dt.date
    cv_rmse_hourly: float
    cv_rmse_daily: float
    nmbe_hourly: float
    nmbe_daily: float
    uncertainty: float

    def cv_rmse(self, step_h: float) -> float:
        """Return the greatest CV(RMSE) for rows of a length [h]."""
        return self.cv_rmse_hourly if step_h < HOURS_OF_DAY else self.cv_rmse_daily

    def nmbe(self, step_h: float) -> float:
        """Return the greatest |NMBE| for rows of a length [h]."""
        return self.nmbe_hourly if step_h < HOURS_OF_DAY else self.nmbe_daily


class Sufficiency(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much data there must be."""

    source: str
    valid_from: dt.date
    coverage: float
    completeness: float
    least_coverage: float
    least_days: float
    least_reporting_days: float


class Materiality(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A saving that can at most be so large (ratio) is none."""

    source: str
    valid_from: dt.date
    ratio: float


class Repeatability(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a meter shows otherwise in another season though nothing changed (ratio), at 90 % confidence."""

    source: str
    valid_from: dt.date
    ratio: float


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All limits of verification."""

    guideline_14: Guideline
    sufficiency: Sufficiency
    materiality: Materiality
    repeatability: Repeatability


HOURS_OF_DAY = 24.0


@cache
def limits() -> Limits:
    """Return the limits."""
    text = files("analytics").joinpath("data/verification_limits.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Limits)
