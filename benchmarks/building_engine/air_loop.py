"""The air's way: fans, coil, plenum, room, return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.building_engine.coil import leaving_c
from benchmarks.building_engine.objects import WATER_J_KG_K, WATER_KG_M3, component, constant

if TYPE_CHECKING:
    from benchmarks.building_engine.objects import Model
    from benchmarks.building_engine.room import Room

AIR_J_KG_K = 1006.0
WARM_AIR_C = 30.0


def air_loop(room: Room) -> Model:
    """Return fans, ducts and set-points of the air."""
    branch: list[dict[str, str | float]] = [
        component("Coil:Cooling:Water", "coil", "return air", "coil leaves"),
        component("Fan:SystemModel", "crah fan", "coil leaves", "supply air"),
    ]
    return {
        "AirLoopHVAC": {
            "air loop": {
                "controller_list_name": "controllers",
                "availability_manager_list_name": "managers",
                "design_supply_air_flow_rate": room.airflow_m3_s,
                "branch_list_name": "air branches",
                "supply_side_inlet_node_name": "return air",
                "demand_side_outlet_node_name": "mixed return",
                "demand_side_inlet_node_names": "plenum",
                "supply_side_outlet_node_names": "supply air",
            }
        },
        "BranchList": {"air branches": {"branches": [{"branch_name": "air branch"}]}},
        "Branch": {"air branch": {"components": branch}},
        "AvailabilityManagerAssignmentList": {
            "managers": {
                "managers": [
                    {
                        "availability_manager_object_type": "AvailabilityManager:Scheduled",
                        "availability_manager_name": "on",
                    }
                ]
            }
        },
        "AvailabilityManager:Scheduled": {"on": {"schedule_name": "always"}},
        "AirLoopHVAC:SupplyPath": {
            "supply path": {
                "supply_air_path_inlet_node_name": "plenum",
                "components": [{"component_object_type": "AirLoopHVAC:ZoneSplitter", "component_name": "splitter"}],
            }
        },
        "AirLoopHVAC:ZoneSplitter": {
            "splitter": {"inlet_node_name": "plenum", "nodes": [{"outlet_node_name": "terminal inlet"}]}
        },
        "AirLoopHVAC:ReturnPath": {
            "return path": {
                "return_air_path_outlet_node_name": "mixed return",
                "components": [{"component_object_type": "AirLoopHVAC:ZoneMixer", "component_name": "mixer"}],
            }
        },
        "AirLoopHVAC:ZoneMixer": {
            "mixer": {"outlet_node_name": "mixed return", "nodes": [{"inlet_node_name": "zone return"}]}
        },
        "ZoneHVAC:AirDistributionUnit": {
            "distribution": {
                "air_distribution_unit_outlet_node_name": "zone inlet",
                "air_terminal_object_type": "AirTerminal:SingleDuct:ConstantVolume:NoReheat",
                "air_terminal_name": "terminal",
            }
        },
        "AirTerminal:SingleDuct:ConstantVolume:NoReheat": {
            "terminal": {
                "availability_schedule_name": "always",
                "air_inlet_node_name": "terminal inlet",
                "air_outlet_node_name": "zone inlet",
                "maximum_air_flow_rate": room.airflow_m3_s,
            }
        },
        "Fan:SystemModel": {
            "crah fan": {
                "availability_schedule_name": "always",
                "air_inlet_node_name": "coil leaves",
                "air_outlet_node_name": "supply air",
                # The flow that it has all year: the engine solves the coil at a fan's largest flow first.
                "design_maximum_air_flow_rate": room.airflow_m3_s,
                "speed_control_method": "Continuous",
                "electric_power_minimum_flow_rate_fraction": 0.0,
                "design_pressure_rise": 350.0,
                "motor_in_air_stream_fraction": 1.0,
                "design_electric_power_consumption": room.crah_fans_w * _fan_law(room),
                "electric_power_function_of_flow_fraction_curve_name": "constant",
                "end_use_subcategory": "crah",
            }
        },
        "Curve:Exponent": {
            "constant": {
                "coefficient1_constant": 1.0,
                "coefficient2_constant": 0.0,
                "coefficient3_constant": 1.0,
                "minimum_value_of_x": 0.0,
                "maximum_value_of_x": 1.2,
            }
        },
        "Schedule:Constant": constant("supply set", room.supply_c),
        "SetpointManager:Scheduled": {
            "supply set": {
                "control_variable": "Temperature",
                "schedule_name": "supply set",
                "setpoint_node_or_nodelist_name": "supply air",
            }
        },
        "SetpointManager:MixedAir": {
            "fan heat": {
                "control_variable": "Temperature",
                "reference_setpoint_node_name": "supply air",
                "fan_inlet_node_name": "coil leaves",
                "fan_outlet_node_name": "supply air",
                "setpoint_node_or_nodelist_name": "coil leaves",
            }
        },
    }


def _fan_law(room: Room) -> float:
    """Return the fans' power [of rated] at the room's airflow."""
    speed = room.airflow_m3_s / room.airflow_rated_m3_s
    share: float = room.fan_fixed + (1.0 - room.fan_fixed) * speed**room.fan_exponent
    return share


def coil(room: Room) -> Model:
    """Return the coil and its valve."""
    density = float(room.pressure_pa.mean()) / (287.042 * 293.15)
    air_w_per_k = room.airflow_rated_m3_s * density * AIR_J_KG_K
    leaves_c = leaving_c(room.coil_w_per_k, air_w_per_k, room.water_kg_s * WATER_J_KG_K, WARM_AIR_C, room.chilled_c)
    flow_m3_s = room.water_kg_s / WATER_KG_M3
    return {
        "Coil:Cooling:Water": {
            "coil": {
                "availability_schedule_name": "always",
                "design_water_flow_rate": flow_m3_s,
                "design_air_flow_rate": room.airflow_rated_m3_s,
                "design_inlet_water_temperature": room.chilled_c,
                "design_inlet_air_temperature": WARM_AIR_C,
                "design_outlet_air_temperature": leaves_c,
                "design_inlet_air_humidity_ratio": 0.007,
                "design_outlet_air_humidity_ratio": 0.007,
                "water_inlet_node_name": "coil water in",
                "water_outlet_node_name": "coil water out",
                "air_inlet_node_name": "return air",
                "air_outlet_node_name": "coil leaves",
                "type_of_analysis": "SimpleAnalysis",
                "heat_exchanger_configuration": "CounterFlow",
            }
        },
        "Controller:WaterCoil": {
            "valve": {
                "control_variable": "Temperature",
                "action": "Reverse",
                "actuator_variable": "Flow",
                "sensor_node_name": "coil leaves",
                "actuator_node_name": "coil water in",
                "controller_convergence_tolerance": 0.01,
                "maximum_actuated_flow": flow_m3_s,
                "minimum_actuated_flow": 0.0,
            }
        },
        "AirLoopHVAC:ControllerList": {
            "controllers": {"controller_1_object_type": "Controller:WaterCoil", "controller_1_name": "valve"}
        },
    }
