"""The chilled water's way: pump, economiser, chiller, coil."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.building_engine.objects import (
    WATER_KG_M3,
    component,
    constant,
    cubic,
    line,
    merged,
    pipe,
    pipes,
    pump,
)

if TYPE_CHECKING:
    from benchmarks.building_engine.objects import Fields, Model
    from benchmarks.building_engine.room import Room


def chilled_loop(room: Room) -> Model:
    """Return the loop from economiser and chiller to the coil."""
    flow = room.water_kg_s / WATER_KG_M3
    supply = line(
        "chilled supply",
        [
            [component("Pump:VariableSpeed", "chilled pump", "chilled pump in", "chilled pump out")],
            [
                component("HeatExchanger:FluidToFluid", "economiser", "economiser in", "economiser out"),
                component("Chiller:Electric:EIR", "chiller", "economiser out", "chiller out"),
            ],
            [pipe("chilled out")],
        ],
    )
    demand = line(
        "chilled demand",
        [
            [pipe("coil way")],
            [component("Coil:Cooling:Water", "coil", "coil water in", "coil water out")],
            [pipe("chilled bypass")],
            [pipe("coil back")],
        ],
    )
    parts: Model = {
        "PlantLoop": {
            "chilled": {
                "fluid_type": "Water",
                "maximum_loop_flow_rate": flow,
                "minimum_loop_flow_rate": 0.0,
                "plant_loop_volume": "Autocalculate",
                "demand_side_inlet_node_name": "coil way in",
                "demand_side_outlet_node_name": "coil back out",
                "load_distribution_scheme": "SequentialLoad",
                "plant_equipment_operation_scheme_name": "chilled scheme",
                "loop_temperature_setpoint_node_name": "chilled out out",
                "plant_side_branch_list_name": "chilled supply branches",
                "plant_side_connector_list_name": "chilled supply connectors",
                "plant_side_inlet_node_name": "chilled pump in",
                "plant_side_outlet_node_name": "chilled out out",
                "demand_side_branch_list_name": "chilled demand branches",
                "demand_side_connector_list_name": "chilled demand connectors",
                "maximum_loop_temperature": 60.0,
                "minimum_loop_temperature": 1.0,
            }
        },
        "Pump:VariableSpeed": {
            "chilled pump": pump("chilled pump", flow, room.pump_w, _fitted_pump(room), room.pump_minimum)
        },
        "Pipe:Adiabatic": pipes("chilled out", "coil way", "chilled bypass", "coil back"),
        "Schedule:Constant": constant("chilled set", room.chilled_c),
        "SetpointManager:Scheduled": {
            name: {
                "control_variable": "Temperature",
                "schedule_name": "chilled set",
                "setpoint_node_or_nodelist_name": node,
            }
            for name, node in (
                ("chilled set", "chilled out out"),
                ("economiser set", "economiser out"),
                ("chiller set", "chiller out"),
            )
        },
        "PlantEquipmentOperationSchemes": {
            "chilled scheme": {
                "control_scheme_1_object_type": "PlantEquipmentOperation:CoolingLoad",
                "control_scheme_1_name": "chilled load",
                "control_scheme_1_schedule_name": "always",
            }
        },
        "PlantEquipmentOperation:CoolingLoad": {
            "chilled load": {
                "load_range_1_lower_limit": 0.0,
                "load_range_1_upper_limit": 1e12,
                "range_1_equipment_list_name": "chilled machines",
            }
        },
        "PlantEquipmentList": {
            "chilled machines": {
                "equipment": [{"equipment_object_type": "Chiller:Electric:EIR", "equipment_name": "chiller"}]
            }
        },
    }
    return merged(supply, demand, parts)


def _fitted_pump(room: Room) -> tuple[float, float, float, float]:
    """Return the cubic nearest to the drive's law of power against flow."""
    flow = np.linspace(room.pump_minimum, 1.0, 40)
    law = room.pump_fixed + (1.0 - room.pump_fixed) * flow**room.pump_exponent
    c3, c2, c1, c0 = np.polyfit(flow, law, 3)
    return float(c0), float(c1), float(c2), float(c3)


def chiller(room: Room) -> Model:
    """Return the chiller and its curves."""
    # Energy input against temperatures, fitted to the curve of the same family; the engine holds inputs at its bounds.
    chilled, condenser = np.meshgrid(np.linspace(5.0, 18.0, 14), np.linspace(8.0, 34.0, 27))
    ratio = (1.0 - room.chiller_per_k_chilled) ** (chilled - 7.0) * (1.0 - room.chiller_per_k_condenser) ** (
        29.4 - condenser
    )
    capacity = (1.0 + room.capacity_per_k_chilled * (chilled - 7.0)) * (
        1.0 - room.capacity_per_k_condenser * (condenser - 29.4)
    )
    load = np.linspace(0.1, 1.1, 60)
    power = load * np.polyval(room.chiller_part_load, load)
    c3, c2, c1, c0 = (float(c) for c in np.polyfit(load, power, 3))
    # A mixing valve keeps the condenser's water from getting colder than its set-point.
    least_c = room.condenser_c
    return {
        "Chiller:Electric:EIR": {
            "chiller": {
                "reference_capacity": room.chiller_w,
                "reference_cop": room.chiller_cop,
                "reference_leaving_chilled_water_temperature": 7.0,
                "reference_entering_condenser_fluid_temperature": 29.4,
                "reference_chilled_water_flow_rate": room.water_kg_s / WATER_KG_M3,
                "reference_condenser_fluid_flow_rate": room.condenser_kg_s / WATER_KG_M3,
                "cooling_capacity_function_of_temperature_curve_name": "capacity",
                "electric_input_to_cooling_output_ratio_function_of_temperature_curve_name": "temperatures",
                "electric_input_to_cooling_output_ratio_function_of_part_load_ratio_curve_name": "part load",
                "minimum_part_load_ratio": 0.05,
                "maximum_part_load_ratio": 1.1,
                "optimum_part_load_ratio": 1.0,
                "minimum_unloading_ratio": 0.05,
                "chilled_water_inlet_node_name": "economiser out",
                "chilled_water_outlet_node_name": "chiller out",
                "condenser_inlet_node_name": "condenser in",
                "condenser_outlet_node_name": "condenser out",
                "condenser_type": "WaterCooled",
                "chiller_flow_mode": "NotModulated",
                "leaving_chilled_water_lower_temperature_limit": 2.0,
            }
        },
        "Curve:Biquadratic": {
            "temperatures": _fitted(chilled, condenser, ratio, least_c),
            "capacity": _fitted(chilled, condenser, capacity, least_c),
        },
        "Curve:Cubic": {"part load": cubic(c0, c1, c2, c3, 0.05)},
    }


def _fitted(x: np.ndarray, y: np.ndarray, z: np.ndarray, least_y: float) -> Fields:
    flat = [np.ones_like(x), x, x * x, y, y * y, x * y]
    c = np.linalg.lstsq(np.stack([term.ravel() for term in flat], axis=1), z.ravel(), rcond=None)[0]
    names = ("1_constant", "2_x", "3_x_2", "4_y", "5_y_2", "6_x_y")
    fields: Fields = {f"coefficient{name}": float(value) for name, value in zip(names, c, strict=True)}
    return fields | {
        "minimum_value_of_x": 4.0,
        "maximum_value_of_x": 20.0,
        "minimum_value_of_y": least_y,
        "maximum_value_of_y": 36.0,
    }
