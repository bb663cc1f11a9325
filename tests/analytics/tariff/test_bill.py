"""Bills, worked out by hand and by their properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.tariff import Bill, Intervals, bill, cheapest_first, under_another, with_another
from analytics.wall_clock import NS_PER_MINUTE
from greendc.clock import NS_PER_HOUR, from_iso
from tests.analytics.tariff.tables import EXAMPLE, PEAK, TWO_TIERS, VALLEY, hours, table

DEMAND = TWO_TIERS + "[[demand]]\nper_kw_month = 40\n"
MARCH = "2026-02-28T16:00Z"
"""Midnight of 1 March in Shanghai."""
MARCH_HOURS = 31 * 24


def quantities(found: Bill) -> dict[str, float]:
    """Return the amount of each kind and tier."""
    return {f"{item.kind}/{item.tier}": item.amount for item in found.items}


def test_a_month_by_hand() -> None:
    """A steady 100 kW through March: 14 hours of peak and 10 of valley a day, and its demand."""
    found = bill(table(DEMAND), hours(MARCH, np.full(MARCH_HOURS, 100.0), np.full(MARCH_HOURS, 1.0)))
    assert quantities(found) == pytest.approx(
        {
            "energy/peak": 31 * 14 * 100 * PEAK,
            "energy/valley": 31 * 10 * 100 * VALLEY,
            "demand/": 4000.0,
            "export/": -MARCH_HOURS * 0.3,
        }
    )
    assert found.total == pytest.approx(sum(quantities(found).values()))
    assert {item.month for item in found.items} == {"2026-03"}
    assert [remark.code for remark in found.remarks] == ["demand_coarse"]
    assert found.items[0].title("en") == "energy, peak"


def test_demand_is_the_mean_of_its_window() -> None:
    """One 5-min peak of 400 kW in a window of 15 counts a third of what stands above the rest."""
    start = from_iso(MARCH)
    energy = np.full(MARCH_HOURS * 12, 100 / 12)
    energy[500] = 400 / 12
    times = start + np.arange(len(energy), dtype=np.int64) * 5 * NS_PER_MINUTE
    found = bill(table(DEMAND), Intervals(start_ns=times, step_ns=5 * NS_PER_MINUTE, import_kwh=energy))
    assert found.amount("demand") == pytest.approx(40 * 200)
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("clause", "billed"),
    [
        ("contract_kw = 300\nleast_share = 0.4", 120.0),
        ("contract_kw = 80", 100.0 + (100 - 1.05 * 80)),
        ("contract_kw = 100", 100.0),
        ('kind = "capacity"\ncapacity_kw = 250', 250.0),
    ],
)
def test_contracts_and_capacity(clause: str, billed: float) -> None:
    """A contract has a least share and a dear excess; a capacity is paid whatever was used."""
    found = bill(table(DEMAND + clause), hours(MARCH, np.full(MARCH_HOURS, 100.0)))
    assert found.amount("demand", "capacity") == pytest.approx(40 * billed)


@pytest.mark.parametrize(("ratio", "share"), [(0.0, -0.0075), (0.40, 0.0), (0.6, 0.025), (2.0, 0.10)])
def test_the_power_factor_changes_energy_and_demand(ratio: float, share: float) -> None:
    """The step that the month's power factor reaches is applied to what is charged."""
    energy = np.full(MARCH_HOURS, 100.0)
    known = hours(MARCH, energy)
    with_reactive = Intervals(
        start_ns=known.start_ns, step_ns=known.step_ns, import_kwh=energy, reactive_kvarh=ratio * energy
    )
    found = bill(table(EXAMPLE), with_reactive)
    charged = found.amount("energy", "demand")
    assert found.amount("power_factor") == pytest.approx(share * charged)
    assert "no_reactive" in [remark.code for remark in bill(table(EXAMPLE), known).remarks]
    assert found.example


def test_what_is_not_known_is_not_billed() -> None:
    """Unknown energy and times without prices are left out, and the bill says how many hours."""
    energy = np.full(48, 10.0)
    energy[:5] = np.nan
    found = bill(table(EXAMPLE), hours("2025-12-30T16:00Z", energy))
    assert {remark.code: remark.params for remark in found.remarks}["unknown_energy"] == {"hours": "5"}
    assert {remark.code: remark.params for remark in found.remarks}["no_price"] == {"hours": "19"}
    assert sum(item.quantity for item in found.items if item.kind == "energy") == pytest.approx(240.0)
    assert all(remark.text(lang) for remark in found.remarks for lang in ("zh", "en"))


loads = st.lists(st.floats(0, 1e4), min_size=2, max_size=200)


@settings(max_examples=40, deadline=None)
@given(loads, st.integers(1, 199), st.integers(0, 20_000), st.floats(0.1, 10))
def test_energy_is_additive_over_time_and_linear(load: list[float], cut: int, first_hour: int, factor: float) -> None:
    """Two stretches cost together what the whole costs, and twice the energy costs twice as much."""
    energy = np.array(load)
    cut = min(cut, len(energy) - 1)
    start = from_iso("2026-01-01") + first_hour * NS_PER_HOUR
    times = start + np.arange(len(energy), dtype=np.int64) * NS_PER_HOUR
    found = table()

    def cost(rows: slice, scale: float = 1.0) -> float:
        piece = Intervals(
            start_ns=times[rows], step_ns=NS_PER_HOUR, import_kwh=scale * energy[rows], export_kwh=energy[rows] / 2
        )
        return bill(found, piece).amount("energy") + scale * bill(found, piece).amount("export")

    whole = cost(slice(None))
    assert cost(slice(0, cut)) + cost(slice(cut, None)) == pytest.approx(whole, abs=1e-6)
    assert bill(found, Intervals(start_ns=times, step_ns=NS_PER_HOUR, import_kwh=factor * energy)).total == (
        pytest.approx(factor * bill(found, Intervals(start_ns=times, step_ns=NS_PER_HOUR, import_kwh=energy)).total)
    )


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_whole_months_add_up_with_their_demand(seed: int) -> None:
    """A bill of two months is the sum of the two bills, demand and all."""
    energy = np.random.default_rng(seed).uniform(0, 500, (31 + 30) * 24)
    march, april = hours(MARCH, energy[:MARCH_HOURS]), hours("2026-03-31T16:00Z", energy[MARCH_HOURS:])
    found = table(DEMAND)
    both = bill(found, hours(MARCH, energy)).total
    assert bill(found, march).total + bill(found, april).total == pytest.approx(both)


def test_replays() -> None:
    """The same energy is compared under two tariffs, and two loads under one."""
    energy = np.full(MARCH_HOURS, 100.0)
    load = hours(MARCH, energy)
    dear = table(TWO_TIERS.replace("0.5", "0.6"))
    assert under_another(dear, table(), load).saving == pytest.approx(0.1 * 100 * 31 * (14 * 1.6 + 10 * 0.4))
    assert [name for name, _ in cheapest_first({"dear": dear, "usual": table()}, load)] == ["usual", "dear"]
    replay = with_another(table(DEMAND), load, hours(MARCH, energy / 2))
    assert replay.by_kind() == pytest.approx({"energy": 50 * 31 * (14 * PEAK + 10 * VALLEY), "demand": 2000.0})
    with pytest.raises(ValueError, match="EUR"):
        under_another(table(), table(TWO_TIERS.replace("CNY", "EUR")), load)
