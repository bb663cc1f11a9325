"""The condenser water's way: pump, tower, condenser and economiser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.building_engine.objects import (
    WATER_J_KG_K,
    WATER_KG_M3,
    component,
    cubic,
    from_file,
    line,
    merged,
    pipe,
    pipes,
    pump,
)

if TYPE_CHECKING:
    from benchmarks.building_engine.objects import Fields, Model
    from benchmarks.building_engine.room import Room

MOST_EFFECT = 0.95


def condenser_loop(room: Room) -> Model:
    """Return the loop from the tower to condenser and economiser."""
    flow = room.condenser_kg_s / WATER_KG_M3
    supply = line(
        "condenser supply",
        [
            [component("Pump:VariableSpeed", "condenser pump", "condenser pump in", "condenser pump out")],
            [component("CoolingTower:VariableSpeed", "tower", "tower in", "tower out")],
            [pipe("condenser leaves")],
        ],
    )
    demand = line(
        "condenser demand",
        [
            [pipe("condenser way")],
            [component("Chiller:Electric:EIR", "chiller", "condenser in", "condenser out")],
            [component("HeatExchanger:FluidToFluid", "economiser", "free in", "free out")],
            [pipe("condenser bypass")],
            [pipe("condenser back")],
        ],
    )
    loop: Model = {
        "CondenserLoop": {
            "condenser": {
                "fluid_type": "Water",
                "condenser_equipment_operation_scheme_name": "condenser scheme",
                "condenser_loop_temperature_setpoint_node_name": "condenser leaves out",
                "maximum_loop_temperature": 80.0,
                "minimum_loop_temperature": 3.0,
                "maximum_loop_flow_rate": flow,
                "minimum_loop_flow_rate": 0.0,
                "condenser_loop_volume": "Autocalculate",
                "condenser_side_inlet_node_name": "condenser pump in",
                "condenser_side_outlet_node_name": "condenser leaves out",
                "condenser_side_branch_list_name": "condenser supply branches",
                "condenser_side_connector_list_name": "condenser supply connectors",
                "demand_side_inlet_node_name": "condenser way in",
                "demand_side_outlet_node_name": "condenser back out",
                "condenser_demand_side_branch_list_name": "condenser demand branches",
                "condenser_demand_side_connector_list_name": "condenser demand connectors",
                "load_distribution_scheme": "SequentialLoad",
            }
        },
        # Whatever flows, the pump takes its rated power, as one of constant speed.
        "Pump:VariableSpeed": {
            "condenser pump": pump("condenser pump", flow, room.condenser_pump_w, (1.0, 0.0, 0.0, 0.0), 0.0)
        },
        "Pipe:Adiabatic": pipes("condenser leaves", "condenser way", "condenser bypass", "condenser back"),
        "Schedule:File": from_file("tower_set") | from_file("economiser"),
        "SetpointManager:Scheduled": {
            "tower set": {
                "control_variable": "Temperature",
                "schedule_name": "tower_set",
                "setpoint_node_or_nodelist_name": "condenser leaves out",
            }
        },
        "CondenserEquipmentOperationSchemes": {
            "condenser scheme": {
                "control_scheme_1_object_type": "PlantEquipmentOperation:CoolingLoad",
                "control_scheme_1_name": "condenser load",
                "control_scheme_1_schedule_name": "always",
            }
        },
        "PlantEquipmentOperation:CoolingLoad": {
            "condenser load": {
                "load_range_1_lower_limit": 0.0,
                "load_range_1_upper_limit": 1e12,
                "range_1_equipment_list_name": "towers",
            }
        },
        "CondenserEquipmentList": {
            "towers": {
                "equipment": [{"equipment_object_type": "CoolingTower:VariableSpeed", "equipment_name": "tower"}]
            }
        },
        "CoolingTower:VariableSpeed": {"tower": _tower(room)},
        "Curve:Cubic": {"tower fan": cubic(0.03, 0.0, 0.0, 0.97)},
        "HeatExchanger:FluidToFluid": {"economiser": _exchanger(room)},
    }
    return merged(supply, demand, loop)


def _tower(room: Room) -> Fields:
    flow = room.condenser_kg_s / WATER_KG_M3
    return {
        "water_inlet_node_name": "tower in",
        "water_outlet_node_name": "tower out",
        "model_type": "YorkCalc",
        "design_inlet_air_wet_bulb_temperature": 24.0,
        "design_approach_temperature": room.tower_approach_k,
        "design_range_temperature": room.tower_w / (room.condenser_kg_s * WATER_J_KG_K),
        "design_water_flow_rate": flow,
        "design_air_flow_rate": 2.76316e-5 * room.tower_w,
        "design_fan_power": room.tower_fan_w,
        "fan_power_ratio_function_of_air_flow_rate_ratio_curve_name": "tower fan",
        "minimum_air_flow_rate_ratio": 0.2,
        "fraction_of_tower_capacity_in_free_convection_regime": 0.1,
        "number_of_cells": 1,
    }


def _exchanger(room: Room) -> Fields:
    """Return the economiser's exchanger: the conductance that gives the room's effectiveness at a usual flow.

    Here exchanger and condenser share the tower's water while both are on; in the room all of it passes the exchanger
    first. So the conductance is that for half of the water.
    """
    usual, half = room.usual_water_kg_s * WATER_J_KG_K, 0.5 * room.condenser_kg_s * WATER_J_KG_K
    least, most = min(usual, half), max(usual, half)
    effect = min(room.exchanger * usual / least, MOST_EFFECT)
    left = (1.0 - effect) / (1.0 - least / most * effect)
    conductance = -least * float(np.log(left)) / (1.0 - least / most)
    return {
        "availability_schedule_name": "economiser",
        "loop_demand_side_inlet_node_name": "free in",
        "loop_demand_side_outlet_node_name": "free out",
        "loop_demand_side_design_flow_rate": room.condenser_kg_s / WATER_KG_M3,
        "loop_supply_side_inlet_node_name": "economiser in",
        "loop_supply_side_outlet_node_name": "economiser out",
        "loop_supply_side_design_flow_rate": room.water_kg_s / WATER_KG_M3,
        "heat_exchange_model_type": "CounterFlow",
        "heat_exchanger_u_factor_times_area_value": conductance,
        "control_type": "CoolingSetpointModulated",
        "heat_exchanger_setpoint_node_name": "economiser out",
        "minimum_temperature_difference_to_activate_heat_exchanger": 0.3,
        "heat_transfer_metering_end_use_type": "FreeCooling",
    }
