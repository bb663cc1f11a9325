"""The windows of a package: as many as its verification goes through, and no longer period is begun."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from analytics.energy import midnight_ns
from analytics.reports.build import build
from analytics.reports.gathering.months import month_spans
from analytics.reports.package.manifest import QueryWindow
from analytics.reports.package.previous import Package, compared
from analytics.reports.package.readings import BOUNDARY, REGISTERS, decoded, encoded
from analytics.reports.package.windows import MOST_MONTHS, MOST_WINDOWS, refuse_long
from analytics.reports.request import ReportKind, Request
from greendc.clock import NS_PER_HOUR, iso
from greendc.errors import ConfigError
from tests.analytics.alarms.memory_ledger import MemoryLedger
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import site
from tests.analytics.reports import report_facts
from tests.analytics.reports.packed import manifest_in, package_of

if TYPE_CHECKING:
    from pathlib import Path

BERLIN = site(timezone="Europe/Berlin")


def _span(first: dt.date, last: dt.date) -> tuple[int, int]:
    """Return the days [first, last] in Berlin."""
    return midnight_ns(first, BERLIN), midnight_ns(last + dt.timedelta(days=1), BERLIN)


@pytest.mark.parametrize("first", [dt.date(2014, 1, 1), dt.date(2014, 12, 31), dt.date(2015, 6, 15)])
def test_the_longest_period_has_as_many_months_as_are_verified(first: dt.date) -> None:
    """The last day of the last month is still let in, the next one is not, wherever in a month it begins."""
    number = first.year * 12 + first.month - 1 + MOST_MONTHS
    beyond = dt.date(number // 12, number % 12 + 1, 1)
    longest = _span(first, beyond - dt.timedelta(days=1))
    assert len(month_spans(BERLIN, *longest)) == MOST_MONTHS == MOST_WINDOWS - 1
    refuse_long(BERLIN, *longest)
    with pytest.raises(ConfigError) as caught:
        refuse_long(BERLIN, *_span(first, beyond))
    assert f"{MOST_MONTHS + 1} calendar months" in caught.value.problems[0].sentence("en")


def test_a_report_of_a_longer_period_is_not_begun(tmp_path: Path) -> None:
    """It is refused before anything is read: the first step of building is not told."""
    start_ns, end_ns = _span(dt.date(2001, 1, 1), dt.date(2020, 12, 31))
    request = Request(kind=ReportKind.ACCEPTANCE, start_ns=start_ns, end_ns=end_ns, langs=("en",))
    steps: list[str] = []
    with pytest.raises(ConfigError, match="240 calendar months"):
        build(request, BERLIN, MemoryHistory(), MemoryLedger(), data_dir=tmp_path, formats=(), told=steps.append)
    assert steps == []


def test_hostile_windows_and_readings_are_compared_in_bounded_time() -> None:
    """More windows than any report has are refused; with as many, very many readings beside edges take seconds."""
    files = package_of(report_facts.facts(), report_facts.history(), report_facts.site(), None)
    run = next(one for one in decoded(files[REGISTERS]) if one.kind == BOUNDARY)
    own = manifest_in(files)
    one = own.windows[0]
    rows = 100_000
    times = one.start_ns + np.arange(rows, dtype=np.int64) * 10**9
    long = msgspec.structs.replace(
        run,
        time_ns=times,
        values=np.arange(rows, dtype=np.float64),
        exact=np.ones(rows, dtype=np.bool_),
        step=np.full(rows, -1, dtype=np.int8),
        known=np.zeros(rows, dtype=np.bool_),
        gap=np.zeros(rows, dtype=np.bool_),
        modulus=np.full(rows, np.nan),
    )
    content = {REGISTERS: encoded([long])}

    def package(count: int) -> Package:
        starts = [one.start_ns + i * NS_PER_HOUR // 60 for i in range(count)]
        windows = [
            QueryWindow(name=str(at), start=iso(at), end=iso(at + 10**9), start_ns=at, end_ns=at + 10**9)
            for at in starts
        ]
        return Package(manifest=msgspec.structs.replace(own, windows=windows), sha256="", files=content)

    begun = time.process_time()
    found = compared(package(MOST_WINDOWS), package(MOST_WINDOWS))
    assert time.process_time() - begun < 3.0
    assert "readings_compared" in {finding.key for finding in found}
    (refused,) = [one for one in compared(package(MOST_WINDOWS + 1), package(2)) if one.level == "error"]
    assert refused.key == "too_many_windows"
    assert refused.sentence("zh")
