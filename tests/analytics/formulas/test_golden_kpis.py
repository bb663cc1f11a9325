"""Twenty worked cases of the standards, with the values that a common mistake would give and that must not come out."""

from __future__ import annotations

import numpy as np
import pytest

from analytics import counters, curve, envelope
from analytics.carbon import grid_factor
from analytics.formulas import airflow, alarm_rates, baseline, climate, energy_ratios, equipment, gb40879
from greendc.physics import air
from greendc.units import NS_PER_SECOND

JOULES_PER_KWH = 3.6e6


def near(value: float) -> object:
    """Compare to 1e-6, the accuracy of the worked values."""
    return pytest.approx(value, rel=1e-6)


def test_golden_01_pue_categories() -> None:
    """One site and year: the further in IT is metered, the larger the PUE."""
    found = [energy_ratios.pue(12.6e6, it) for it in (10.0e6, 9.75e6, 9.5e6)]
    assert found == [near(1.26), near(1.29230769), near(1.32631579)]


def test_golden_02_ups_input_is_not_it() -> None:
    """The UPS's losses are not IT energy."""
    found = energy_ratios.pue(1300.0, 1000.0 * 0.95)
    assert found == near(1.36842105)
    assert found != near(1.3)


def test_golden_03_ratio_of_sums() -> None:
    """Two sites together are a ratio of sums; the European average is weighted by facility energy."""
    sites = [(100_000.0, 80_000.0), (60_000.0, 30_000.0)]
    assert energy_ratios.pue_of_sites(sites) == near(1.45454545)
    assert energy_ratios.pue_of_sites(sites) != near(1.625)
    assert energy_ratios.pue_weighted_by_facility(sites) == near(1.53125)


def test_golden_04_other_carriers() -> None:
    """Gas and diesel count by one set of factors, and the sets differ."""
    amounts = {"natural_gas_m3": 200e3, "diesel_l": 5e3}
    content = {"natural_gas_m3": 10.5, "diesel_l": 9.9}
    weighted = {"natural_gas_m3": 10.5 * 0.31, "diesel_l": 9.9 * 0.30}
    facility = [
        energy_ratios.facility_energy(
            energy_ratios.Boundary(imported=9e6, fuels=energy_ratios.carrier_energy(amounts, factors))
        )
        for factors in (content, weighted)
    ]
    assert facility[0] == near(11_149_500.0)
    assert energy_ratios.pue(facility[0], 8e6) == near(1.3936875)
    assert energy_ratios.pue(facility[1], 8e6) == near(1.20823125)
    assert energy_ratios.pue(facility[0], 8e6) != near(1.125)


def test_golden_05_own_generation() -> None:
    """On-site power does not lower PUE, and only retired attributes count as renewable."""
    facility = energy_ratios.facility_energy(energy_ratios.Boundary(imported=900.0, generation=150.0, exported=30.0))
    assert facility == near(1020.0)
    assert energy_ratios.pue(facility, 780.0) == near(1.30769231)
    assert energy_ratios.pue(facility, 780.0) != near(1.15384615)
    assert energy_ratios.renewable_factor(120.0 + 200.0, facility) == near(0.31372549)
    assert energy_ratios.renewable_factor(200.0, facility) == near(0.196078431)
    assert energy_ratios.renewable_factor(1200.0, 1000.0) == 1.0


def test_golden_06_reuse_and_water() -> None:
    """Heat used inside does not count as reused; litres per kWh are cubic metres per MWh."""
    erf = energy_ratios.reuse_factor(2500.0, 300.0, 10_000.0)
    value = energy_ratios.pue(10_000.0, 8000.0)
    assert (erf, value) == (near(0.22), near(1.25))
    assert erf is not None
    assert value is not None
    assert energy_ratios.reuse_effectiveness(value, erf) == near(0.975)
    assert energy_ratios.water_effectiveness(18_000.0, 8000.0) == near(2.25)
    assert energy_ratios.water_effectiveness(18_000e3, 8000e3) == near(2.25)


def test_golden_07_carbon_and_coal() -> None:
    """Emissions by the factor of a region and year; standard coal at the equivalent value."""
    expected = {("CN-YN", 2022): 0.134125, ("CN", 2022): 0.67075, ("CN", 2023): 0.66325}
    for (region, year), cue in expected.items():
        factor = grid_factor(region, year)
        assert factor is not None
        assert energy_ratios.carbon_effectiveness(1e7 * factor.kg_per_kwh, 8e6) == near(cue)
    yunnan = grid_factor("CN-YN", 2022)
    assert yunnan is not None
    assert 1e7 * yunnan.kg_per_kwh / 1000.0 == near(1073.0)
    assert climate.standard_coal_kg(1e7) / 1000.0 == near(1229.0)
    assert pytest.approx(3600.0 / 29_307.6, abs=1e-4) == climate.COAL_KGCE_PER_KWH


def test_golden_08_parts_and_cooling() -> None:
    """Parts with one IT energy add up to the PUE."""
    parts = [energy_ratios.partial_pue(part, 1000.0) for part in (60.0, 220.0, 20.0)]
    assert parts == [near(1.06), near(1.22), near(1.02)]
    assert 1.0 + sum(part - 1.0 for part in parts if part is not None) == near(1.3)
    assert energy_ratios.pue(1300.0, 1000.0) == near(1.3)
    assert energy_ratios.cooling_efficiency(1100.0, 220.0) == near(5.0)


def test_golden_09_five_points() -> None:
    """GB 40879: five characteristic outdoor temperatures."""
    shares, kw = (0.08, 0.17, 0.3, 0.3, 0.15), (1180.0, 1200.0, 1230.0, 1290.0, 1400.0)
    points = [
        gb40879.CharacteristicPoint(year_share=share, total_kw=total, it_kw=1000.0)
        for share, total in zip(shares, kw, strict=True)
    ]
    assert gb40879.characteristic_ratio(points) == near(1.2644)
    assert gb40879.year_energy_kwh(list(zip(shares, kw, strict=True))) == near(11_076_144.0)
    assert gb40879.year_energy_kwh([(share, 1000.0) for share in shares]) == near(8_760_000.0)


def test_golden_10_grade_edges() -> None:
    """The unrounded value decides at the edge of a grade."""
    found = [gb40879.grade(ratio, (1.2, 1.3, 1.5)) for ratio in (1.2, 1.2001, 1.3, 1.3001, 1.5, 1.5001)]
    assert found == [1, 2, 2, 3, 3, 0]


def test_golden_11_error_at_a_grade_edge() -> None:
    """Two meter classes make the uncertainty of a PUE."""
    relative = energy_ratios.ratio_uncertainty(0.005, 0.01)
    assert relative == near(0.0111803399)
    assert 1.295 * relative == near(0.0144785402)
    assert [1.295 * (1 - relative), 1.295 * (1 + relative)] == [near(1.28052146), near(1.30947854)]


def test_golden_12_rack_cooling() -> None:
    """One-sided, unclamped, by the bands of the class."""
    inlets = [20.0, 24.0, 27.0, 28.0, 30.0, 16.0]
    expected = {(18.0, 27.0, 15.0, 32.0): (86.6666667, 88.8888889), (18.0, 22.0, 5.0, 25.0): (-16.6666667, 97.4358974)}
    for (low, high, least, most), (hot, cold) in expected.items():
        band = airflow.Band(
            recommended_low_c=low, recommended_high_c=high, allowable_low_c=least, allowable_high_c=most
        )
        found = airflow.rack_cooling_index(inlets, band)
        assert found is not None
        assert (found.high, found.low, found.points) == (near(hot), near(cold), 6)


def test_golden_13_return_and_supply_heat() -> None:
    """The equipment's rise is weighted by airflow; RTI is not upside down."""
    rise = airflow.equipment_rise([(6.0, 10.0), (12.0, 16.0)])
    assert rise == near(13.3333333)
    assert rise is not None
    assert airflow.return_temperature_index(18.0, 29.0, rise) == near(82.5)
    assert airflow.return_temperature_index(18.0, 29.0, rise) != near(84.6153846)
    shi = airflow.supply_heat_index([(1.0, 21.0, 33.0)], 18.0)
    assert shi == near(0.2)
    assert shi is not None
    assert 1.0 - shi == near(0.8)


def test_golden_14_dew_point_and_altitude() -> None:
    """Dew points, and what altitude takes from the allowable maxima."""
    pairs = {(24.0, 50.0): 12.9328721, (27.0, 60.0): 18.5707075, (18.0, 60.0): 10.1148547, (22.0, 30.0): 3.61501172}
    for (dry_c, rh), dew_c in pairs.items():
        assert climate.magnus_dew_point(dry_c, rh / 100.0) == near(dew_c)
        # psychrolib's saturation curve differs by a few hundredths of a kelvin.
        assert air.dew_point(dry_c, rh / 100.0) == pytest.approx(dew_c, abs=0.05)
    assert envelope.derated(32.0, 1890.0, 1000.0, 300.0) == near(29.0333333)
    expected = {"A1": 28.7, "A2": 31.7, "A3": 34.3428571, "A4": 37.08}
    for name, high_c in expected.items():
        assert envelope.inlet_limits(1890.0, name).allowable_high_c == near(high_c)


def test_golden_15_fit_of_a_baseline() -> None:
    """Scatter and bias of a model with two parameters."""
    measured, modelled = [100.0, 110, 120, 130, 140, 150], [102.0, 108, 121, 128, 143, 149]
    assert baseline.cv_rmse(measured, modelled, 2) == near(0.0191833261)
    assert baseline.nmbe(measured, modelled, 2) == near(-0.002)


def test_golden_16_uncertainty_of_a_saving() -> None:
    """Autocorrelated residuals are worth fewer points, and to ignore that flatters."""
    independent = baseline.independent_points(365.0, 0.5)
    correction = baseline.daily_correction(365.0)
    assert (independent, correction) == (near(121.666667), near(1.397425))

    def fsu(factor: float, points: float) -> float:
        return baseline.fractional_savings_uncertainty(
            t=1.649, correction=factor, cv=0.08, saving_ratio=0.1, baseline=365.0, independent=points, reporting=365.0
        )

    assert fsu(correction, independent) == near(0.168497658)
    assert fsu(baseline.HOURLY_CORRECTION, independent) == near(0.15192733)
    assert fsu(correction, independent) != near(0.0967563148)
    assert fsu(correction, 365.0) == near(0.0967563148)


def test_golden_17_floods_and_chattering() -> None:
    """A flood lasts until a window falls below its end, and counts the windows between."""
    found = alarm_rates.alarm_load([1] * 70 + [12, 15, 8, 4] + [1] * 70)
    assert found is not None
    assert (found.total, found.floods, found.flood_windows) == (179, 1, 3)
    assert found.mean == near(1.24305556)
    assert 100 * found.above_limit == near(1.38888889)
    assert 100 * found.in_flood == near(2.08333333)
    assert [alarm_rates.chatters(times) for times in ([0, 15, 40, 200], [0, 35, 70])] == [True, False]


def test_golden_18_counters_gaps_and_a_wrap() -> None:
    """A register bridges a gap that samples do not, and a 32-bit counter goes round."""
    quarter_ns = 900 * NS_PER_SECOND
    times = np.array([0, 1, 4], dtype=np.int64) * quarter_ns
    register = curve.from_register(times, np.array([1000.0, 1010.0, 1042.0]) * JOULES_PER_KWH, gap_ns=quarter_ns)
    whole = (0, 4 * quarter_ns)
    assert register.energy(*whole) / JOULES_PER_KWH == near(42.0)
    assert sum(end - start for start, end in register.spans(*whole)) / whole[1] == 1.0
    assert len(times) / 5 == 0.6
    steps = counters.judge(
        np.array([0, quarter_ns], dtype=np.int64), np.array([4_294_967_290.0, 15.0]), modulus=2.0**32
    )
    assert steps.gain.tolist() == [21.0]


def test_golden_19_cooling_degree_days() -> None:
    """Only days whose mean reaches 24 degC count, from 21 degC."""
    found = climate.cooling_degree_days([20.0, 22.0, 24.0, 26.0, 30.0])
    assert found == near(17.0)
    assert found != near(18.0)


def test_golden_20_load_rate_points_and_servers() -> None:
    """How full racks are, points, and servers as a ratio of sums."""
    assert equipment.mean_rack_kw(21.9e6, 2000, 8760.0) == near(1.25)
    assert equipment.it_load_rate(21.9e6, 2000, 2.5, 8760.0) == near(0.5)
    assert equipment.green_points(1.25) == near(55.0)
    models = [
        equipment.ServerModel(count=100, peak_performance=3e6, peak_kw=0.4),
        equipment.ServerModel(count=50, peak_performance=5e6, peak_kw=0.65),
    ]
    assert equipment.server_efficiency(models) == near(7_586_206.9)
    assert equipment.server_efficiency(models) != near(7_564_102.56)
    assert equipment.server_utilisation([20.0, 40.0, 60.0]) == near(40.0)


def test_none_where_a_ratio_does_not_exist() -> None:
    """Nothing used, nothing metered or nothing to compare gives None, never a number."""
    assert energy_ratios.pue(1.0, 0.0) is None
    assert energy_ratios.pue(1.0, 1.0) is None
    assert energy_ratios.pue_weighted_by_facility([(1.0, 2.0)]) is None
    assert energy_ratios.reuse_factor(5.0, 6.0, 10.0) is None
    assert (
        airflow.rack_cooling_index(
            [], airflow.Band(recommended_low_c=18, recommended_high_c=27, allowable_low_c=15, allowable_high_c=32)
        )
        is None
    )
    assert airflow.equipment_rise([(5.0, 0.0)]) is None
    assert alarm_rates.alarm_load([]) is None
    assert equipment.server_efficiency([]) is None
    with pytest.raises(ValueError, match="five"):
        gb40879.characteristic_ratio([])
