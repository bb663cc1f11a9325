"""PUE by the golden cases and by its refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analytics.kpis import compute, since_start
from analytics.kpis.pue import pue, uncertainty
from greendc.site import Meter, Role
from greendc.units import J_PER_KWH
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, START

FACILITY = plant.meter(Role.FACILITY_INPUT, "in")


def _case(name: str) -> tuple[dict[str, float], dict[str, float]]:
    cases = json.loads(Path(__file__).with_name("golden_kpis.json").read_text("utf-8"))
    found = next(case for case in cases if case["id"] == name)
    return found["in"], found["out"]


def _history(**energies_kwh: float) -> MemoryHistory:
    history = MemoryHistory()
    for device, energy in energies_kwh.items():
        plant.add_register(history, device, energy)
    return history


@pytest.mark.parametrize(
    ("role", "given", "expected", "category"),
    [
        (Role.UPS_OUTPUT, "E_UPS_out", "PUE1", 1),
        (Role.PDU_OUTPUT, "E_PDU_out", "PUE2", 2),
        (Role.IT_INPUT, "E_IT_in", "PUE3", 3),
    ],
)
def test_golden_g01_categories(role: Role, given: str, expected: str, category: int) -> None:
    """G01: one site and year has three PUEs, by where IT energy is metered."""
    values, out = _case("G01")
    history = _history(**{"in": values["E_DC"] / 1e6, "it": values[given] / 1e6})
    (found,) = compute(history, plant.site(FACILITY, plant.meter(role, "it")), START, START + HOUR, {"pue"})
    assert found.value == pytest.approx(out[expected], rel=1e-6)
    assert (found.category, found.label) == (category, "iPUE")


def test_golden_g02_ups_input_is_not_it() -> None:
    """G02: with only the UPS input metered there is no PUE; with its output it is 1.368 and not 1.30."""
    values, out = _case("G02")
    history = _history(
        **{
            "in": values["E_DC"] / 1e3,
            "ups": values["UPS_in"] / 1e3,
            "out": values["UPS_in"] * values["UPS_eff"] / 1e3,
        },
    )
    ups_in, ups_out = plant.meter(Role.UPS_INPUT, "ups"), plant.meter(Role.UPS_OUTPUT, "out")
    (refused,) = compute(history, plant.site(FACILITY, ups_in), START, START + HOUR, {"pue"})
    assert (refused.value, refused.reason) == (None, "ups_input_is_not_it")
    (found,) = compute(history, plant.site(FACILITY, ups_in, ups_out), START, START + HOUR, {"pue"})
    assert found.value == pytest.approx(out["PUE1"], rel=1e-6)
    assert found.value != pytest.approx(out["WRONG_ups_input"], rel=1e-3)


def test_golden_g03_ratio_of_sums() -> None:
    """G03: two unequal months give the ratio of their sums, not the mean of their ratios."""
    values, out = json.loads(json.dumps(_case("G03")))
    history = MemoryHistory()
    for device, energies in (("in", values["EDC"]), ("it", values["EIT"])):
        shown = [0.0, energies[0] / 2, energies[0], energies[0] + energies[1] / 2, sum(energies)]
        times = [START + i * 15 * MINUTE for i in range(5)]
        history.add(plant.energy_key(device), times, [v / 1e3 * J_PER_KWH for v in shown])
    site = plant.site(FACILITY, plant.meter(Role.UPS_OUTPUT, "it"))
    (found,) = compute(history, site, START, START + HOUR, {"pue"})
    assert found.value == pytest.approx(out["ratio_of_sums"], rel=1e-6)
    assert found.value != pytest.approx(out["WRONG_mean_of_ratios"], rel=1e-3)


def test_golden_g05_on_site_generation_does_not_lower_pue() -> None:
    """G05: what PV hands to the centre counts, what is exported does not."""
    values, out = _case("G05")
    history = _history(
        **{
            "in": values["import_MWh"] / 100,
            "pv": values["pv_gen_MWh"] / 100,
            "export": values["pv_export_MWh"] / 100,
            "it": values["E_IT_MWh"] / 100,
        },
    )
    site = plant.site(
        FACILITY,
        plant.meter(Role.GENERATION, "pv"),
        plant.meter(Role.EXPORT, "export"),
        plant.meter(Role.IT_INPUT, "it"),
    )
    (found,) = compute(history, site, START, START + HOUR, {"pue"})
    assert found.value == pytest.approx(out["PUE"], rel=1e-6)
    assert found.value != pytest.approx(out["WRONG_net_of_pv"], rel=1e-3)


def test_golden_g11_uncertainty() -> None:
    """G11: meter classes 0.5 and 1 make 1.1 % of a PUE of 1.295."""
    values, out = json.loads(json.dumps(_case("G11")))
    relative = uncertainty(values["meter_total_pct"] / 100, values["meter_IT_pct"] / 100)
    assert relative == pytest.approx(out["u_rel"], rel=1e-6)
    history = _history(**{"in": 12.95, "it": 10.0})
    site = plant.site(
        plant.meter(Role.FACILITY_INPUT, "in", accuracy=0.005),
        plant.meter(Role.IT_INPUT, "it", accuracy=0.01),
    )
    (found,) = compute(history, site, START, START + HOUR, {"pue"})
    assert found.interval == pytest.approx(out["interval"], rel=1e-6)


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
