"""Everything a report states, gathered from the store, the ledger, the site file and what people wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.advice_view import standing_of
from analytics.alarm_view import performance_of
from analytics.alarms import open_alarms
from analytics.alarms.transition import CLEARED, RAISED
from analytics.eu_report import eu_report_of
from analytics.figures.tracing import traced_figures
from analytics.kpis.calendar import days
from analytics.lineage import configuration
from analytics.reports.account import account_lines
from analytics.reports.facts import Facts
from analytics.reports.gathering.asked import period_of
from analytics.reports.gathering.comparison import comparison_of
from analytics.reports.gathering.hours import hours_of
from analytics.reports.gathering.months import months_of
from analytics.reports.gathering.once import WholePeriod
from analytics.reports.gathering.record import events_within, exchanges_within, noted_quality
from analytics.reports.gathering.written import USUAL, FileNames, read_commitments, read_declared, written_beside

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from analytics.reports.account import AccountLine
    from analytics.reports.commitments import Commitments, DeclaredText
    from analytics.reports.request import Request
    from greendc.contracts import History, Ledger
    from greendc.site import Site

__all__ = [
    "STEPS",
    "USUAL",
    "FileNames",
    "gather",
    "period_of",
    "read_commitments",
    "read_declared",
    "written_beside",
]

STEPS = ("baseline", "figures", "months", "record")
"""What gathering goes through, in this order."""


def _nobody(_step: str) -> None:
    """Tell nobody which step begins."""


def gather(  # noqa: PLR0913 (a report's whole input)
    request: Request,
    site: Site,
    history: History,
    ledger: Ledger,
    *,
    data_dir: Path | None = None,
    commitments: Commitments | None = None,
    declared: Sequence[DeclaredText] = (),
    account: Sequence[AccountLine] | None = None,
    software: str,
    command: str,
    version: int,
    told: Callable[[str], None] = _nobody,
    kept: list[WholePeriod] | None = None,
) -> Facts:
    """Return the facts of a report. What the ledger says later than the end of the period is left out.

    An exchange of a meter within the period is told also where it was recorded later.

    ``told`` is called with the name of each of `STEPS` as it begins. What was read of the whole period is added to
    ``kept`` where there is such a list, so that nobody need read it again. Without ``account`` the edge account is
    read from ``data_dir``, where one is given.

    Raises:
        ConfigError: the site declares what it cannot, or names a standards profile that does not exist.
        StoreAway, StoreRefused, StoreError: store, ledger or receipts cannot be read.
    """
    start_ns, end_ns = request.start_ns, request.end_ns
    # The baseline is read and let go of before the period itself, which is as big.
    told("baseline")
    baseline = commitments.baseline if commitments is not None else None
    compared = comparison_of(history, site, baseline) if baseline is not None else None
    told("figures")
    whole = WholePeriod(history, site, start_ns, end_ns)
    figures = tuple(traced_figures(whole))
    category = next((one.category for one in figures if one.kpi == "pue"), 0)
    told("months")
    months, hours, eu = months_of(whole), hours_of(whole, category), eu_report_of(whole)
    if kept is not None:
        kept.append(whole)
    del whole
    told("record")
    if account is None:
        account = account_lines(site.name, data_dir, start_ns, end_ns) if data_dir is not None else ()
    return Facts(
        request=request,
        site=site,
        software=software,
        command=command,
        version=version,
        figures=figures,
        months=months,
        hours=hours,
        baseline=compared,
        commitments=commitments,
        declared=tuple(declared),
        eu=eu,
        advice=standing_of(ledger, site, end_ns, until_ns=end_ns),
        alarms=tuple(open_alarms(ledger, end_ns)),
        raised=events_within(ledger, RAISED, start_ns, end_ns),
        cleared=events_within(ledger, CLEARED, start_ns, end_ns),
        performance=performance_of(ledger, start_ns, end_ns),
        account=tuple(account),
        quality=noted_quality(ledger, site, start_ns, end_ns),
        configuration=configuration(site, *days(site, start_ns, end_ns)),
        exchanges=exchanges_within(ledger, site, request),
    )
