"""Gathering a report's facts: figures, months and hours of one reading of the store, and what they do not claim."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.kpis import compute
from analytics.reports.gathering import STEPS, gather
from analytics.reports.gathering.months import month_spans
from analytics.reports.request import ReportKind, Request
from greendc.clock import NS_PER_HOUR, from_iso
from greendc.units import J_PER_KWH
from tests.analytics.alarms.memory_ledger import MemoryLedger
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import site as lab
from tests.analytics.reports.report_facts import (
    BRIDGED,
    END,
    SILENT,
    START,
    commitments,
    facts,
    history,
    poor_facts,
    site,
)

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.result import KpiResult


def _amount(figures: tuple[KpiResult, ...], key: str) -> float:
    (found,) = [one for one in figures if one.kpi == key and not one.part]
    assert found.value is not None
    return found.value


def test_the_figures_of_the_period_carry_their_lineage() -> None:
    """Each figure names the configuration it was computed with, and the hash of what it was made of."""
    made = facts()
    assert {one.lineage.configuration.sha256 for one in made.figures if one.lineage} == {made.configuration.sha256}
    pue = made.figure("pue")
    assert pue is not None
    assert [source.meter for side in pue.inputs for source in side.sources] == ["main", "pv", "pdu"]


def test_the_months_add_up_to_the_period() -> None:
    """The energies of the months are parts of one curve: together they are that of the whole."""
    made = facts()
    assert [month.name for month in made.months] == ["2026-01", "2026-02", "2026-03"]
    for key in ("facility_energy", "cooling_energy", "water_volume"):
        total = sum(_amount(month.figures, key) for month in made.months)
        assert total == pytest.approx(_amount(made.figures, key), rel=1e-9)


def test_a_month_of_the_report_is_the_month_of_the_store() -> None:
    """What a report says of a month's meters is what the figures say of it alone; its sensors have longer steps."""
    month = facts().months[2]
    alone = compute(history(), site(), month.start_ns, month.end_ns)
    metered = [pair for pair in zip(month.figures, alone, strict=True) if pair[0].inputs]
    assert len(metered) > 10
    for own, other in metered:
        assert (own.kpi, own.reason, own.category) == (other.kpi, other.reason, other.category)
        assert own.value == (None if other.value is None else pytest.approx(other.value, rel=1e-3))
        assert own.coverage == pytest.approx(other.coverage, abs=2e-3)


def test_a_month_with_a_silent_meter_gives_no_figure() -> None:
    """Below the floor of coverage there is no value, and the other months stay what they are."""
    january, february, _ = (month.figures[0] for month in facts().months)
    assert january.value == pytest.approx(1.475, abs=1e-3)
    assert (february.value, february.reason) == (None, "coverage")


def test_hours_are_known_where_each_meter_was_read() -> None:
    """IT is open while its meter is silent; a register that bridged two days says nothing of their hours."""
    hours = facts().hours
    assert len(hours) == (END - START) // NS_PER_HOUR
    for hour in hours:
        # The mean of an hour stands in its middle, so that the one after a silence is known by half.
        silent = SILENT[0] <= hour.start_ns <= SILENT[1]
        bridged = BRIDGED[0] + NS_PER_HOUR <= hour.start_ns < BRIDGED[1] - NS_PER_HOUR
        assert (hour.energies_j["it"] is None) == silent
        if bridged:
            assert hour.energies_j["cooling"] is None
        assert hour.energies_j["facility"] is not None


def test_known_hours_add_up_to_the_energy_of_the_period() -> None:
    """The energy of a meter that was read each hour is the sum of its hours."""
    made = facts()
    total = sum(hour.energies_j["facility_input"] or 0.0 for hour in made.hours)
    assert total == pytest.approx(_amount(made.figures, "facility_energy"), rel=1e-9)
    assert total > 100_000 * J_PER_KWH


def test_what_is_not_metered_has_no_hours() -> None:
    """A site without a cooling meter has no column for it, rather than one of zeros."""
    assert set(poor_facts().hours[0].energies_j) == {"facility", "it", "facility_input", "pdu_output"}


def test_a_baseline_in_the_store_is_measured_and_its_declared_values_stay_apart() -> None:
    """The figures are those of the baseline's days, both ends included; what was declared is told beside them."""
    baseline = facts().baseline
    assert baseline is not None
    pue = baseline.figures[0]
    assert (pue.end_ns - pue.start_ns, pue.reason) == (31 * 24 * NS_PER_HOUR, "")
    assert pue.value == pytest.approx(1.615, abs=1e-3)
    assert baseline.declared == {"wue": 1.9, "cue": 0.86}


def test_months_follow_the_sites_calendar_across_the_change_of_clocks() -> None:
    """March of Berlin is an hour shorter; months are cut to the period."""
    berlin = lab(timezone="Europe/Berlin")
    start, end = from_iso("2026-02-14T23:00:00Z"), from_iso("2026-04-09T22:00:00Z")
    spans = month_spans(berlin, start, end)
    assert [name for name, _, _ in spans] == ["2026-02", "2026-03", "2026-04"]
    assert (spans[0][1], spans[-1][2]) == (start, end)
    assert spans[1][2] - spans[1][1] == (31 * 24 - 1) * NS_PER_HOUR
    assert [after for _, _, after in spans[:-1]] == [begin for _, begin, _ in spans[1:]]


def test_what_the_ledger_holds_of_the_period_is_told() -> None:
    """Alarms that came, went and stand, advice that was proved and turned down, and the days that were judged."""
    made = facts()
    assert (made.raised, made.cleared, [alarm.rule for alarm in made.alarms]) == (2, 1, ["rack_inlet"])
    assert made.performance.days == pytest.approx(90, abs=0.1)
    assert (len(made.advice.proved), len(made.advice.open), len(made.advice.past)) == (1, 1, 1)
    assert [note.date for note in made.quality] == ["2026-01-01", "2026-01-02", "2026-01-03"]


def test_what_people_wrote_is_carried_unchanged() -> None:
    """Declared texts and commitments stand in the facts as they were read."""
    made = facts()
    assert [one.aspect for one in made.declared] == ["application_effect", "data_openness", "security"]
    assert made.commitments is not None
    target = made.commitments.targets[0]
    assert (target.planned.most, target.most) == (1.3, 1.5)
    assert target.since(dt.date(2026, 2, 10)) == (target,)
    assert target.since(dt.date(2026, 3, 1)) == ()


@pytest.mark.parametrize("length_ns", [END - START, 24 * NS_PER_HOUR, NS_PER_HOUR // 2, 1])
@pytest.mark.parametrize("metered", [True, False])
def test_a_period_without_readings_claims_nothing(length_ns: int, *, metered: bool) -> None:
    """Every figure is refused with its reason, every month and hour is open, whatever the period's length."""
    known = site() if metered else msgspec.structs.replace(site(), meters=[], tariff=None)
    made = gather(
        Request(kind=ReportKind.EU, start_ns=START, end_ns=START + length_ns, langs=("en",)),
        known,
        MemoryHistory(),
        MemoryLedger(),
        commitments=commitments(),
        software="1.0.0",
        command="greendc report eu",
        version=1,
    )
    assert {(one.value, bool(one.reason)) for one in made.figures} == {(None, True)}
    assert {one.value for month in made.months for one in month.figures} == {None}
    assert len(made.hours) == length_ns // NS_PER_HOUR
    assert {energy for hour in made.hours for energy in hour.energies_j.values()} <= {None}
    assert made.baseline is not None
    assert (made.baseline.figures, made.baseline.declared["wue"]) == ((), 1.9)
    assert (made.account, made.quality, made.alarms, made.advice.open) == ((), (), (), ())
    metered_eu = [one for one in made.eu.quantities if one.origin == "metered"]
    assert {one.value for one in metered_eu} == {None}


def test_steps_are_told_and_the_same_inputs_give_the_same_facts() -> None:
    """Progress names each step once; nothing depends on when or how often facts are gathered."""
    told: list[str] = []
    known, readings = site(), history()
    made = [
        gather(
            Request(kind=ReportKind.MONTHLY, start_ns=SILENT[1], end_ns=END, langs=("zh",)),
            known,
            readings,
            MemoryLedger(),
            software="1.0.0",
            command="greendc report monthly",
            version=1,
            told=told.append,
        )
        for _ in range(2)
    ]
    assert told == [*STEPS, *STEPS]
    assert msgspec.json.encode(made[0]) == msgspec.json.encode(made[1])


def test_the_account_is_read_from_the_data_directory(tmp_path: Path) -> None:
    """Without lines of its own a report takes the account that the directory keeps; there is none here."""
    request = Request(kind=ReportKind.MONTHLY, start_ns=SILENT[1], end_ns=SILENT[1] + NS_PER_HOUR, langs=("zh",))
    made = gather(
        request, site(), MemoryHistory(), MemoryLedger(), data_dir=tmp_path, software="1", command="", version=1
    )
    assert made.account == ()
