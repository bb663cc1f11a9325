"""PUE by the golden cases and by its refusals."""

from __future__ import annotations

import pytest

from analytics.formulas.energy_ratios import pue, ratio_uncertainty
from analytics.kpis import compute, since_start
from greendc.site import Meter, Role
from greendc.units import J_PER_KWH
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, START

FACILITY = plant.meter(Role.FACILITY_INPUT, "in")


def _history(**energies_kwh: float) -> MemoryHistory:
    history = MemoryHistory()
    for device, energy in energies_kwh.items():
        plant.add_register(history, device, energy)
    return history


@pytest.mark.parametrize(
    ("role", "it_mwh", "expected", "category"),
    [
        (Role.UPS_OUTPUT, 10.0, 1.26, 1),
        (Role.PDU_OUTPUT, 9.75, 1.2923077, 2),
        (Role.IT_INPUT, 9.5, 1.3263158, 3),
    ],
)
def test_golden_categories(role: Role, it_mwh: float, expected: float, category: int) -> None:
    """One site that takes 12.6 MWh has three PUEs, by where IT energy is metered."""
    history = _history(**{"in": 12.6, "it": it_mwh})
    (found,) = compute(history, plant.site(FACILITY, plant.meter(role, "it")), START, START + HOUR, {"pue"})
    assert found.value == pytest.approx(expected, rel=1e-6)
    assert (found.category, found.label) == (category, "iPUE")


def test_golden_ups_input_is_not_it() -> None:
    """With only the input of a UPS of 95 % metered there is no PUE; with its output it is 1.368 and not 1.30."""
    history = _history(**{"in": 1.3, "ups": 1.0, "out": 0.95})
    ups_in, ups_out = plant.meter(Role.UPS_INPUT, "ups"), plant.meter(Role.UPS_OUTPUT, "out")
    (refused,) = compute(history, plant.site(FACILITY, ups_in), START, START + HOUR, {"pue"})
    assert (refused.value, refused.reason) == (None, "ups_input_is_not_it")
    (found,) = compute(history, plant.site(FACILITY, ups_in, ups_out), START, START + HOUR, {"pue"})
    assert found.value == pytest.approx(1.3684211, rel=1e-6)


def test_golden_ratio_of_sums() -> None:
    """Halves of 100:80 and 60:30 kWh give 160/110, the ratio of their sums, and not 1.625, the mean of their ratios."""
    history = MemoryHistory()
    for device, first_kwh, second_kwh in (("in", 100.0, 60.0), ("it", 80.0, 30.0)):
        shown = [0.0, first_kwh / 2, first_kwh, first_kwh + second_kwh / 2, first_kwh + second_kwh]
        times = [START + i * 15 * MINUTE for i in range(5)]
        history.add(plant.energy_key(device), times, [kwh * J_PER_KWH for kwh in shown])
    site = plant.site(FACILITY, plant.meter(Role.UPS_OUTPUT, "it"))
    (found,) = compute(history, site, START, START + HOUR, {"pue"})
    assert found.value == pytest.approx(1.4545455, rel=1e-6)


def test_golden_on_site_generation_does_not_lower_pue() -> None:
    """What PV hands to the centre counts, what is exported does not: (9 + 1.5 - 0.3) / 7.8, and not 9 / 7.8."""
    history = _history(**{"in": 9.0, "pv": 1.5, "export": 0.3, "it": 7.8})
    site = plant.site(
        FACILITY,
        plant.meter(Role.GENERATION, "pv"),
        plant.meter(Role.EXPORT, "export"),
        plant.meter(Role.IT_INPUT, "it"),
    )
    (found,) = compute(history, site, START, START + HOUR, {"pue"})
    assert found.value == pytest.approx(1.3076923, rel=1e-6)
    assert set(found.inputs[0].meters) == {"in", "pv", "export"}
    assert found.inputs[0].energy_j == pytest.approx(10.2 * J_PER_KWH)


def test_golden_uncertainty() -> None:
    """Meter classes 0.5 and 1 make 1.118 % of a PUE of 1.295."""
    assert ratio_uncertainty(0.005, 0.01) == pytest.approx(0.0111803, rel=1e-5)
    history = _history(**{"in": 12.95, "it": 10.0})
    site = plant.site(
        plant.meter(Role.FACILITY_INPUT, "in", accuracy=0.005),
        plant.meter(Role.IT_INPUT, "it", accuracy=0.01),
    )
    (found,) = compute(history, site, START, START + HOUR, {"pue"})
    assert found.interval == pytest.approx((1.2805215, 1.3094785), rel=1e-6)


def test_highest_category_with_full_coverage_wins() -> None:
    """Category 3 with half its readings gives way to category 1 with all of them."""
    history = _history(**{"in": 13.0, "ups": 10.0})
    plant.add_register(history, "it", 4.5, length_ns=HOUR // 2)
    site = plant.site(FACILITY, plant.meter(Role.UPS_OUTPUT, "ups"), plant.meter(Role.IT_INPUT, "it"))
    (found,) = compute(history, site, START, START + HOUR, {"pue"})
    assert (found.category, found.reason) == (1, "")
    assert found.value == pytest.approx(1.3)


@pytest.mark.parametrize(
    ("known_ratio", "shown", "provisional"),
    [(1.0, True, False), (0.8, True, True), (0.7, False, False)],
)
def test_coverage_decides(*, known_ratio: float, shown: bool, provisional: bool) -> None:
    """95 % is reportable, 75 % provisional, below there is no figure; both sides count over the same time."""
    history = _history(**{"in": 13.0})
    plant.add_register(history, "it", 10.0 * known_ratio, length_ns=round(known_ratio * HOUR))
    site = plant.site(FACILITY, plant.meter(Role.PDU_OUTPUT, "it"))
    (found,) = compute(history, site, START, START + HOUR, {"pue"})
    assert (found.value is not None, found.provisional) == (shown, provisional)
    assert found.coverage == pytest.approx(known_ratio, abs=1e-3)
    if shown:
        assert found.value == pytest.approx(1.3)
    else:
        assert found.reason == "coverage"


@pytest.mark.parametrize(
    ("meters", "reason"),
    [
        ((plant.meter(Role.IT_INPUT, "it"),), "no_facility_meter"),
        ((FACILITY,), "no_it_meter"),
        ((FACILITY, plant.meter(Role.IT_INPUT, "silent")), "no_readings"),
        ((plant.meter(Role.FACILITY_INPUT, "it"), plant.meter(Role.IT_INPUT, "in")), "not_above_one"),
    ],
)
def test_refusals_name_their_reason(meters: tuple[Meter, ...], reason: str) -> None:
    """A missing, silent or swapped meter gives no value and says why."""
    history = _history(**{"in": 13.0, "it": 10.0})
    (found,) = compute(history, plant.site(*meters), START, START + HOUR, {"pue"})
    assert (found.value, found.reason) == (None, reason)


def test_pue_of_one_or_less_is_invalid() -> None:
    """A ratio of at most 1 is a fault of measurement, not a result."""
    assert pue(10.0, 10.0) is None
    assert pue(10.0, 0.0) is None


def test_since_start_covers_what_there_is() -> None:
    """Ten minutes after the first reading the window of an hour shrinks to ten minutes."""
    history = MemoryHistory()
    plant.add_power(history, "in", 13_000.0, length_ns=10 * MINUTE)
    plant.add_power(history, "it", 10_000.0, length_ns=10 * MINUTE)
    site = plant.site(FACILITY, plant.meter(Role.PDU_OUTPUT, "it"))
    found = since_start(history, site, START + 10 * MINUTE, HOUR)[0]
    assert found.value == pytest.approx(1.3)
    assert found.method == "integrated"
    assert found.coverage == pytest.approx(1.0)
