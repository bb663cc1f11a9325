"""What verification says of a measure."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from greendc.texts import t


class Verdict(StrEnum):
    """What may be claimed."""

    VERIFIED = "verified"
    NOT_VERIFIABLE = "not verifiable"
    NO_SAVING = "no saving"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why the verdict is what it is: a text of the catalogue under ``savings.reason`` with its numbers."""

    key: str
    params: dict[str, str] = {}

    def sentence(self, lang: str | None = None) -> str:
        """Return the reason and what to do about it."""
        return t(f"savings.reason.{self.key}", lang, **self.params)


class SavingsReport(msgspec.Struct, frozen=True, kw_only=True):
    """A saving with its range, and how far it can be trusted.

    ``saving``, ``low`` and ``high`` are the energy saved over the covered part of the reporting period, in ``unit``,
    with the interval that holds the truth with the probability ``level``; None where nothing can be computed.
    ``saving_ratio`` is of what would have been used (``expected``). ``cv_rmse`` and ``nmbe`` are the baseline's errors
    as ratios of its mean (ASHRAE Guideline 14), ``n_eff`` its independent rows, ``coverage`` the share of reporting
    rows under conditions that the baseline knows, ``completeness`` the share of time that was measured, ``days_more``
    how many more days of the same saving would make it verifiable, ``cumulative`` the saving up to the end of each day.
    """

    saving: float | None
    low: float | None
    high: float | None
    saving_ratio: float | None
    expected: float | None
    unit: str
    level: float
    cv_rmse: float | None
    nmbe: float | None
    n_eff: float | None
    coverage: float | None
    completeness: float | None
    model: str
    method: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    days_more: float | None = None
    uncertainty_ratio: float | None = None
    scores: dict[str, float] = {}
    cumulative: tuple[tuple[str, float], ...] = ()
