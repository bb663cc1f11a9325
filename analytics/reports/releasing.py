"""Whether a report may be what it is asked to be: final, or, when strict, written at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.reports.request import ReportKind
from greendc.clock import iso
from greendc.errors import GreendcError, Problem
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.reports.facts import Facts
    from analytics.result import KpiResult

MANDATORY = ("pue", "facility_energy", "it_energy")
"""Figures without which a report of any kind but `ReportKind.EU` says little."""
MISSING, PROVISIONAL = "missing", "provisional"


class OpenFigure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that is promised or mandatory and that a report leaves open.

    ``state`` is `MISSING` or `PROVISIONAL`; ``reason`` is the code of why, empty where coverage is too low.
    """

    kpi: str
    part: str
    state: str
    reason: str = ""
    coverage: float = 0.0

    def sentence(self, lang: str | None = None) -> str:
        """Return it for a person."""
        name = f"{self.kpi} {self.part}".strip()
        return t(f"report_build.open.{self.state}", lang, kpi=name, coverage=f"{100.0 * self.coverage:.1f}")


class LeftOpenError(GreendcError):
    """A strict report would leave figures open: nothing is written."""

    def __init__(self, figures: tuple[OpenFigure, ...]) -> None:
        """Keep the figures; the message holds one sentence for each."""
        self.figures = figures
        super().__init__("\n".join(figure.sentence() for figure in figures))


def left_open(facts: Facts) -> tuple[OpenFigure, ...]:
    """Return the promised and the mandatory figures that are missing or provisional, each once."""
    found = {(one.kpi, one.part): one for one in _open(facts)}
    return tuple(found.values())


def _open(facts: Facts) -> Iterator[OpenFigure]:
    if facts.request.kind is ReportKind.EU:
        for row in (*facts.eu.quantities, *facts.eu.indicators):
            if row.value is None:
                yield OpenFigure(kpi=row.id, part="", state=MISSING, reason=row.reason, coverage=row.coverage)
        return
    targets = facts.commitments.targets if facts.commitments is not None else []
    for kpi, part in (*((kpi, "") for kpi in MANDATORY), *((one.kpi, one.part) for one in targets)):
        result = facts.figure(kpi, part)
        state = _state(result)
        if state:
            reason, coverage = ("", 0.0) if result is None else (result.reason, result.coverage)
            yield OpenFigure(kpi=kpi, part=part, state=state, reason=reason, coverage=coverage)


def _state(result: KpiResult | None) -> str:
    if result is None or result.value is None:
        return MISSING
    return PROVISIONAL if result.provisional else ""


def not_final(facts: Facts, now_ns: int, settle_ns: int, *, altered: bool, signed: bool) -> list[Problem]:
    """Return why a report can be no more than a draft at a time; empty when it can be final.

    ``settle_ns`` passes after the end of a period before its figures are final. ``altered`` says that the chain of
    daily digests holds an alteration, ``signed`` that there is a key to sign with.
    """
    end_ns = facts.request.end_ns
    found = []
    if facts.simulated:
        found.append(Problem(key="report_build.final.simulated"))
    if now_ns < end_ns:
        found.append(Problem(key="report_build.final.not_over", params={"end": iso(end_ns)}))
    elif now_ns < end_ns + settle_ns:
        found.append(Problem(key="report_build.final.not_settled", params={"settled": iso(end_ns + settle_ns)}))
    found += [
        Problem(key="report_build.final.left_open", params={"figure": one.sentence()})
        for one in left_open(facts)
        if facts.request.kind is not ReportKind.EU
    ]
    if altered:
        found.append(Problem(key="report_build.final.altered"))
    if not signed:
        found.append(Problem(key="report_build.final.unsigned"))
    return found
