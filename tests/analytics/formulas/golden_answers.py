"""What the formulas answer to the worked cases of a golden file, by case and by the name of each answer there.

Under a name that begins with ``WRONG_`` stands what is really the answer: it must differ from the value in the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analytics import counters, curve, envelope
from analytics.carbon import grid_factor
from analytics.formulas import airflow, alarm_rates, baseline, climate, energy_ratios, equipment, gb40879
from greendc.units import J_PER_KWH, NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    Given = dict[str, Any]
    Answers = dict[str, Any]

MINUTE_NS = 60 * NS_PER_SECOND
WEIGHTS = {"gas": 0.31, "diesel": 0.30}
"""The Green Grid's weights of source energy."""
BANDS = {"A1_HI_LO": (18.0, 27.0, 15.0, 32.0), "H1_HI_LO": (18.0, 22.0, 5.0, 25.0)}


def _pue_categories(given: Given) -> Answers:
    points = ("E_UPS_out", "E_PDU_out", "E_IT_in")
    return {f"PUE{i + 1}": energy_ratios.pue(given["E_DC"], given[name]) for i, name in enumerate(points)}


def _ups_input(given: Given) -> Answers:
    found = energy_ratios.pue(given["E_DC"], given["UPS_in"] * given["UPS_eff"])
    return {"PUE1": found, "WRONG_ups_input": found}


def _two_sites(given: Given) -> Answers:
    sites = list(zip(given["EDC"], given["EIT"], strict=True))
    whole = energy_ratios.pue_of_sites(sites)
    return {
        "ratio_of_sums": whole,
        "WRONG_mean_of_ratios": whole,
        "EU_AnnexIV_EDC_weighted": energy_ratios.pue_weighted_by_facility(sites),
        "EIT_weighted": sum(it * facility / it for facility, it in sites) / sum(it for _, it in sites),
    }


def _carriers(given: Given) -> Answers:
    amounts = {"gas": given["gas_m3"], "diesel": given["diesel_l"]}
    content = {"gas": given["kWh_per_m3_gas"], "diesel": given["kWh_per_l_diesel"]}
    weighted = {name: content[name] * weight for name, weight in WEIGHTS.items()}
    whole = [
        energy_ratios.facility_energy(
            energy_ratios.Boundary(imported=given["elec_kWh"], fuels=energy_ratios.carrier_energy(amounts, factors))
        )
        for factors in (content, weighted)
    ]
    found = [energy_ratios.pue(facility, given["E_IT"]) for facility in whole]
    return {
        "E_DC": whole[0],
        "PUE_EN50600_factors": found[0],
        "PUE_GreenGrid_weights_0.31_0.30": found[1],
        "WRONG_electricity_only": found[0],
    }


def _own_generation(given: Given) -> Answers:
    facility = energy_ratios.facility_energy(
        energy_ratios.Boundary(
            imported=given["import_MWh"], generation=given["pv_gen_MWh"], exported=given["pv_export_MWh"]
        )
    )
    used = given["pv_gen_MWh"] - given["pv_export_MWh"]
    found = energy_ratios.pue(facility, given["E_IT_MWh"])
    return {
        "E_DC": facility,
        "PUE": found,
        "WRONG_net_of_pv": found,
        "REF": energy_ratios.renewable_factor(used + given["GO_retired_MWh"], facility),
        "REF_if_pv_certificates_sold": energy_ratios.renewable_factor(given["GO_retired_MWh"], facility),
        "REF_capped_case_1200_of_1000": energy_ratios.renewable_factor(1200.0, 1000.0),
    }


def _reuse_and_water(given: Given) -> Answers:
    inside = given["of_which_used_inside_boundary"]
    erf = energy_ratios.reuse_factor(given["heat_handed_off"], inside, given["E_DC"]) or 0.0
    found = energy_ratios.pue(given["E_DC"], given["E_IT"]) or 0.0
    litres, kwh = given["WIN_m3"] * 1000.0, given["EIT_MWh"] * 1000.0
    return {
        "ERF": erf,
        "PUE": found,
        "ERE": energy_ratios.reuse_effectiveness(found, erf),
        "WUE_m3_per_MWh": energy_ratios.water_effectiveness(given["WIN_m3"], given["EIT_MWh"]),
        "WUE_L_per_kWh": energy_ratios.water_effectiveness(litres, kwh),
    }


def _carbon_and_coal(given: Given) -> Answers:
    def tonnes(region: str, year: int) -> float:
        factor = grid_factor(region, year)
        assert factor is not None
        return float(given["grid_kWh"] * factor.kg_per_kwh / 1000.0)

    def cue(region: str, year: int) -> float | None:
        return energy_ratios.carbon_effectiveness(1000.0 * tonnes(region, year), given["E_IT_kWh"])

    return {
        "tCO2_yunnan_2022_0.1073": tonnes("CN-YN", 2022),
        "CUE_yunnan_2022": cue("CN-YN", 2022),
        "CUE_national_2022_0.5366": cue("CN", 2022),
        "CUE_national_2023_0.5306": cue("CN", 2023),
        "tce_0.1229": climate.standard_coal_kg(given["grid_kWh"]) / 1000.0,
        # The standard rounds it to 0.1229, which is what is used.
        "check_3600_over_29307.6": 3600.0 / 29_307.6,
    }


def _parts(given: Given) -> Answers:
    it = given["E_IT"]
    parts = {name: given[name] for name in ("power_losses", "cooling", "other")}
    return {
        "pPUE_power": energy_ratios.partial_pue(parts["power_losses"], it),
        "pPUE_cooling": energy_ratios.partial_pue(parts["cooling"], it),
        "pPUE_other": energy_ratios.partial_pue(parts["other"], it),
        "PUE": energy_ratios.pue(it + sum(parts.values()), it),
        "CER": energy_ratios.cooling_efficiency(given["heat_removed_kWh_th"], given["cooling"]),
    }


def _five_points(given: Given) -> Answers:
    rows = list(zip(given["T"], given["P_kW"], given["P_IT_kW"], strict=True))
    points = [gb40879.CharacteristicPoint(year_share=t, total_kw=total, it_kw=it) for t, total, it in rows]
    return {
        "EC_kWh": gb40879.year_energy_kwh([(t, total) for t, total, _ in rows]),
        "ECIT_kWh": gb40879.year_energy_kwh([(t, it) for t, _, it in rows]),
        "RM1": gb40879.characteristic_ratio(points),
    }


def _grades(given: Given) -> Answers:
    return {"grade_0_means_above_limit": [gb40879.grade(ratio, (1.2, 1.3, 1.5)) for ratio in given["R"]]}


def _error_at_a_grade(given: Given) -> Answers:
    relative = energy_ratios.ratio_uncertainty(given["meter_total_pct"] / 100.0, given["meter_IT_pct"] / 100.0)
    found = given["PUE"]
    return {
        "u_rel": relative,
        "u_abs": found * relative,
        "interval": [found * (1.0 - relative), found * (1.0 + relative)],
    }


def _rack_cooling(given: Given) -> Answers:
    found = {}
    for name, (low, high, least, most) in BANDS.items():
        band = airflow.Band(
            recommended_low_c=low, recommended_high_c=high, allowable_low_c=least, allowable_high_c=most
        )
        index = airflow.rack_cooling_index(given["intake_C"], band)
        assert index is not None
        found[name] = [index.high, index.low]
    return found


def _air_indices(given: Given) -> Answers:
    rise = airflow.equipment_rise([(kw, kelvin) for kw, kelvin in given["racks_kW_dT"]]) or 0.0
    shi = airflow.supply_heat_index([(1.0, given["T_in"], given["T_out"])], given["T_ref"]) or 0.0
    plain = sum(kelvin for _, kelvin in given["racks_kW_dT"]) / len(given["racks_kW_dT"])
    return {
        "dT_equip_flow_weighted": rise,
        "RTI_pct": airflow.return_temperature_index(given["T_supply"], given["T_return"], rise),
        "RTI_pct_if_plain_mean_dT_13": airflow.return_temperature_index(given["T_supply"], given["T_return"], plain),
        "SHI": shi,
        "RHI": 1.0 - shi,
    }


def _dew_point_and_altitude(given: Given) -> Answers:
    classes = {name: envelope.inlet_limits(given["elevation_m"], name).allowable_high_c for name in ("A1", "A2", "A3")}
    return {
        "dew_point_C": [climate.magnus_dew_point(dry_c, rh / 100.0) for dry_c, rh in given["T_RH"]],
        "GB50174_allow_max_from_32": envelope.derated(32.0, given["elevation_m"], 1000.0, 300.0),
        **classes,
        "A4": envelope.inlet_limits(given["elevation_m"], "A4").allowable_high_c,
    }


def _fit(given: Given) -> Answers:
    series = given["y"], given["yhat"], given["p"]
    return {"CVRMSE": baseline.cv_rmse(*series), "NMBE_measured_minus_model": baseline.nmbe(*series)}


def _saving(given: Given) -> Answers:
    n = float(given["n"])
    independent, correction = baseline.independent_points(n, given["rho"]), baseline.daily_correction(n)

    def fsu(factor: float, points: float) -> float:
        return baseline.fractional_savings_uncertainty(
            t=given["t"],
            correction=factor,
            cv=given["CV"],
            saving_ratio=given["F"],
            baseline=n,
            independent=points,
            reporting=float(given["m"]),
        )

    return {
        "n_prime": independent,
        "M": n / baseline.DAYS_PER_MONTH,
        "poly": correction,
        "FSU_poly": fsu(correction, independent),
        "FSU_1.26": fsu(baseline.HOURLY_CORRECTION, independent),
        "FSU_poly_wrong_if_rho_ignored": fsu(correction, n),
    }


def _alarms(given: Given) -> Answers:
    counts: list[int] = []
    for text in str(given["ten_min_counts"]).split(","):
        times, _, count = text.strip().rpartition("x")
        counts += [int(count)] * int(times or "1")
    load = alarm_rates.alarm_load(counts)
    assert load is not None
    return {
        "total": load.total,
        "avg_per_10min": load.mean,
        "pct_windows_gt10": 100.0 * load.above_limit,
        "floods": load.floods,
        "flood_windows": load.flood_windows,
        "pct_time_in_flood": 100.0 * load.in_flood,
        "chattering": [alarm_rates.chatters(times) for times in given["activations_s"]],
    }


def _register(given: Given) -> Answers:
    shown = [(index, value) for index, (_, value) in enumerate(given["kWh_register"]) if value is not None]
    times = np.array([15 * MINUTE_NS * index for index, _ in shown], dtype=np.int64)
    values = np.array([value * J_PER_KWH for _, value in shown])
    whole = 0, 60 * MINUTE_NS
    found = curve.from_register(times, values, gap_ns=15 * MINUTE_NS)
    wrapped = counters.judge(
        np.array([0, MINUTE_NS], dtype=np.int64), np.array(given["u32"], dtype=np.float64), modulus=2.0**32
    )
    return {
        "energy_kWh": found.energy(*whole) / J_PER_KWH,
        "sample_coverage": len(shown) / len(given["kWh_register"]),
        "energy_coverage": sum(end - start for start, end in found.spans(*whole)) / whole[1],
        "u32_rollover_delta": float(wrapped.gain[0]),
    }


def _degree_days(given: Given) -> Answers:
    found = climate.cooling_degree_days(given["daily_mean_C"])
    return {"CDD21_eurostat_threshold_24": found, "WRONG_plain_base21": found}


def _load_and_servers(given: Given) -> Answers:
    hours = gb40879.HOURS_OF_YEAR
    models = [
        equipment.ServerModel(count=count, peak_performance=peak, peak_kw=kw) for count, peak, kw in given["servers"]
    ]
    efficiency = equipment.server_efficiency(models)
    return {
        "avg_rack_kW": equipment.mean_rack_kw(given["E_IT_kWh"], given["racks"], hours),
        "IT_load_rate": equipment.it_load_rate(given["E_IT_kWh"], given["racks"], given["rack_nominal_kW"], hours),
        "PUE_points_80_minus_20PUE": equipment.green_points(given["PUE"]),
        "ITEEsv_ops_per_kW": efficiency,
        "ITEUsv_pct": equipment.server_utilisation(given["util_pct_means"]),
        "WRONG_mean_of_ratios": efficiency,
    }


ANSWERS: dict[str, Callable[[Given], Answers]] = {
    "G01": _pue_categories,
    "G02": _ups_input,
    "G03": _two_sites,
    "G04": _carriers,
    "G05": _own_generation,
    "G06": _reuse_and_water,
    "G07": _carbon_and_coal,
    "G08": _parts,
    "G09": _five_points,
    "G10": _grades,
    "G11": _error_at_a_grade,
    "G12": _rack_cooling,
    "G13": _air_indices,
    "G14": _dew_point_and_altitude,
    "G15": _fit,
    "G16": _saving,
    "G17": _alarms,
    "G18": _register,
    "G19": _degree_days,
    "G20": _load_and_servers,
}
