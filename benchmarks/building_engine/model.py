"""The room in the engine's own words (epJSON): one zone, one air loop, chilled water, condenser water."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.building_engine.coil import leaving_c

if TYPE_CHECKING:
    from benchmarks.building_engine.room import Room

Fields = dict[str, "str | float | list[dict[str, str | float]]"]
Model = dict[str, dict[str, Fields]]

WATER_J_KG_K = 4190.0
WATER_KG_M3 = 999.0
AIR_J_KG_K = 1006.0
SIDE_M, HEIGHT_M = 11.2, 3.5
WARM_AIR_C = 30.0
MOST_EFFECT = 0.95
COLUMNS = ("servers", "other", "tower_set", "economiser")
METERS = (
    "ITE-CPU:InteriorEquipment:Electricity",
    "InteriorEquipment:Electricity",
    "Fans:Electricity",
    "Cooling:Electricity",
    "Pumps:Electricity",
    "HeatRejection:Electricity",
)


def schedule_text(room: Room) -> str:
    """Return the hourly schedules of the room as a CSV with one header row."""
    servers = room.servers_w / _design_servers_w(room)
    other = room.room_other_w / room.room_other_w.max()
    rows = np.stack([servers, other, room.tower_set_c, room.economising], axis=1)
    return "\n".join([",".join(COLUMNS), *(",".join(f"{value:.5f}" for value in row) for row in rows)]) + "\n"


def build(room: Room) -> Model:
    """Return the whole model."""
    model: Model = {}
    for part in (_run, _zone, _loads, _air_loop, _coil, _chilled_loop, _chiller, _condenser_loop):
        for kind, objects in part(room).items():
            model.setdefault(kind, {}).update(objects)
    return model


def _design_servers_w(room: Room) -> float:
    return float(room.servers_w.max())


def _run(_room: Room) -> Model:
    return {
        "Version": {"v": {"version_identifier": "25.2"}},
        "SimulationControl": {
            "s": {
                "do_zone_sizing_calculation": "No",
                "do_system_sizing_calculation": "No",
                "do_plant_sizing_calculation": "No",
                "run_simulation_for_sizing_periods": "No",
                "run_simulation_for_weather_file_run_periods": "Yes",
            }
        },
        "Building": {"room": {"solar_distribution": "FullExterior", "terrain": "City"}},
        "Timestep": {"t": {"number_of_timesteps_per_hour": 6}},
        "RunPeriod": {
            "year": {
                "begin_month": 1,
                "begin_day_of_month": 1,
                "end_month": 12,
                "end_day_of_month": 31,
                "day_of_week_for_start_day": "Thursday",
            }
        },
        "GlobalGeometryRules": {
            "g": {
                "starting_vertex_position": "UpperLeftCorner",
                "vertex_entry_direction": "Counterclockwise",
                "coordinate_system": "Relative",
            }
        },
        "Output:Meter": {
            f"m{i}": {"key_name": name, "reporting_frequency": "RunPeriod"} for i, name in enumerate(METERS)
        },
        "ScheduleTypeLimits": {"any": {}},
        "ConvergenceLimits": {
            "c": {
                "minimum_system_timestep": 1,
                "maximum_hvac_iterations": 60,
                "minimum_plant_iterations": 4,
                "maximum_plant_iterations": 20,
            }
        },
    }


def _constant(name: str, value: float) -> dict[str, Fields]:
    return {name: {"schedule_type_limits_name": "any", "hourly_value": value}}


def _from_file(name: str) -> dict[str, Fields]:
    return {
        name: {
            "schedule_type_limits_name": "any",
            "file_name": "schedules.csv",
            "column_number": COLUMNS.index(name) + 1,
            "rows_to_skip_at_top": 1,
            "number_of_hours_of_data": 8760,
            "minutes_per_item": 60,
        }
    }


def _zone(room: Room) -> Model:
    height = room.volume_m3 / SIDE_M**2
    # Walls, floor and roof all stand in outdoor air out of sun and wind; films give the rest of the resistance.
    area = 4 * SIDE_M * height + 2 * SIDE_M**2
    low, high = 0.0, SIDE_M
    corners = {
        "south": [(low, low, height), (low, low, 0.0), (high, low, 0.0), (high, low, height)],
        "east": [(high, low, height), (high, low, 0.0), (high, high, 0.0), (high, high, height)],
        "north": [(high, high, height), (high, high, 0.0), (low, high, 0.0), (low, high, height)],
        "west": [(low, high, height), (low, high, 0.0), (low, low, 0.0), (low, low, height)],
        "roof": [(low, high, height), (low, low, height), (high, low, height), (high, high, height)],
        "floor": [(low, low, 0.0), (low, high, 0.0), (high, high, 0.0), (high, low, 0.0)],
    }
    kinds = {"roof": "Roof", "floor": "Floor"}
    surfaces: dict[str, Fields] = {
        name: {
            "surface_type": kinds.get(name, "Wall"),
            "construction_name": "shell",
            "zone_name": "room",
            "outside_boundary_condition": "Outdoors",
            "sun_exposure": "NoSun",
            "wind_exposure": "NoWind",
            "number_of_vertices": 4,
            "vertices": [
                {"vertex_x_coordinate": x, "vertex_y_coordinate": y, "vertex_z_coordinate": z} for x, y, z in places
            ],
        }
        for name, places in corners.items()
    }
    return {
        "Zone": {"room": {"volume": room.volume_m3}},
        "BuildingSurface:Detailed": surfaces,
        "Material:NoMass": {
            "layer": {"roughness": "Smooth", "thermal_resistance": max(0.05, area / room.envelope_w_per_k - 0.3)}
        },
        "Construction": {"shell": {"outside_layer": "layer"}},
        "Schedule:Constant": _constant("always", 1.0),
        "ZoneHVAC:EquipmentConnections": {
            "room connections": {
                "zone_name": "room",
                "zone_conditioning_equipment_list_name": "room equipment",
                "zone_air_inlet_node_or_nodelist_name": "zone inlet",
                "zone_air_node_name": "zone air",
                "zone_return_air_node_or_nodelist_name": "zone return",
            }
        },
        "ZoneHVAC:EquipmentList": {
            "room equipment": {
                "load_distribution_scheme": "SequentialLoad",
                "equipment": [
                    {
                        "zone_equipment_object_type": "ZoneHVAC:AirDistributionUnit",
                        "zone_equipment_name": "distribution",
                        "zone_equipment_cooling_sequence": 1,
                        "zone_equipment_heating_or_no_load_sequence": 1,
                    }
                ],
            }
        },
    }


def _loads(room: Room) -> Model:
    design_w = _design_servers_w(room) + room.server_fans_w
    return {
        "ElectricEquipment:ITE:AirCooled": {
            "servers": {
                "zone_or_space_name": "room",
                "air_flow_calculation_method": "FlowFromSystem",
                "design_power_input_calculation_method": "Watts/Unit",
                "watts_per_unit": design_w,
                "number_of_units": 1,
                "design_power_input_schedule_name": "always",
                "cpu_loading_schedule_name": "servers",
                "cpu_power_input_function_of_loading_and_air_temperature_curve_name": "cpu",
                "design_fan_power_input_fraction": room.server_fans_w / design_w,
                "design_fan_air_flow_rate_per_power_input": room.server_flow_m3_s / design_w,
                "air_flow_function_of_loading_and_air_temperature_curve_name": "server flow",
                "fan_power_input_function_of_flow_curve_name": "server fans",
                "design_entering_air_temperature": room.fan_start_c,
                "environmental_class": "A2",
                "air_inlet_connection_type": "AdjustedSupply",
                "supply_air_node_name": "zone inlet",
                "design_recirculation_fraction": room.recirculation,
                "design_electric_power_supply_efficiency": 1.0,
            }
        },
        "ElectricEquipment": {
            "other": {
                "zone_or_zonelist_or_space_or_spacelist_name": "room",
                "schedule_name": "other",
                "design_level_calculation_method": "EquipmentLevel",
                "design_level": float(room.room_other_w.max()),
                "fraction_radiant": 0.0,
                "end_use_subcategory": "other",
            }
        },
        "Schedule:File": _from_file("servers") | _from_file("other"),
        "Curve:Biquadratic": {
            "cpu": _plane(0.0, 1.0, 0.0, 0.0, 1.5),
            # Flat below the temperature at which fans begin to answer, linear up to full speed.
            "server flow": _plane(room.fan_minimum - room.fan_gain_per_k * room.fan_start_c, 0.0, room.fan_gain_per_k)
            | {"minimum_curve_output": room.fan_minimum, "maximum_curve_output": 1.0},
        },
        "Curve:Cubic": {"server fans": _cubic(0.0, 0.0, 0.0, 1.0)},
    }


def _plane(constant: float, x: float, y: float, low: float = 0.0, high: float = 1.5) -> Fields:
    return {
        "coefficient1_constant": constant,
        "coefficient2_x": x,
        "coefficient3_x_2": 0.0,
        "coefficient4_y": y,
        "coefficient5_y_2": 0.0,
        "coefficient6_x_y": 0.0,
        "minimum_value_of_x": low,
        "maximum_value_of_x": high,
        "minimum_value_of_y": -50.0,
        "maximum_value_of_y": 80.0,
    }


def _cubic(c0: float, c1: float, c2: float, c3: float, low: float = 0.0) -> Fields:
    return {
        "coefficient1_constant": c0,
        "coefficient2_x": c1,
        "coefficient3_x_2": c2,
        "coefficient4_x_3": c3,
        "minimum_value_of_x": low,
        "maximum_value_of_x": 1.2,
    }


def _air_loop(room: Room) -> Model:
    branch: list[dict[str, str | float]] = [
        _component("Coil:Cooling:Water", "coil", "return air", "coil leaves"),
        _component("Fan:SystemModel", "crah fan", "coil leaves", "supply air"),
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
        "Schedule:Constant": _constant("supply set", room.supply_c),
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


def _component(kind: str, name: str, inlet: str, outlet: str) -> dict[str, str | float]:
    return {
        "component_object_type": kind,
        "component_name": name,
        "component_inlet_node_name": inlet,
        "component_outlet_node_name": outlet,
    }


def _coil(room: Room) -> Model:
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


def _line(prefix: str, parts: list[list[dict[str, str | float]]]) -> Model:
    """Return one side of a loop: an inlet branch, branches side by side, an outlet branch."""
    names = [f"{prefix} {i}" for i in range(len(parts))]
    middle = names[1:-1]
    return {
        "Branch": {name: {"components": part} for name, part in zip(names, parts, strict=True)},
        "BranchList": {f"{prefix} branches": {"branches": [{"branch_name": name} for name in names]}},
        "ConnectorList": {
            f"{prefix} connectors": {
                "connector_1_object_type": "Connector:Splitter",
                "connector_1_name": f"{prefix} splitter",
                "connector_2_object_type": "Connector:Mixer",
                "connector_2_name": f"{prefix} mixer",
            }
        },
        "Connector:Splitter": {
            f"{prefix} splitter": {
                "inlet_branch_name": names[0],
                "branches": [{"outlet_branch_name": name} for name in middle],
            }
        },
        "Connector:Mixer": {
            f"{prefix} mixer": {
                "outlet_branch_name": names[-1],
                "branches": [{"inlet_branch_name": name} for name in middle],
            }
        },
    }


def _pipe(name: str) -> dict[str, str | float]:
    return _component("Pipe:Adiabatic", name, f"{name} in", f"{name} out")


def _pipes(*names: str) -> dict[str, Fields]:
    return {name: {"inlet_node_name": f"{name} in", "outlet_node_name": f"{name} out"} for name in names}


def _merged(*parts: Model) -> Model:
    model: Model = {}
    for part in parts:
        for kind, objects in part.items():
            model.setdefault(kind, {}).update(objects)
    return model


def _pump(name: str, flow_m3_s: float, power_w: float, law: tuple[float, float, float, float], least: float) -> Fields:
    return {
        "inlet_node_name": f"{name} in",
        "outlet_node_name": f"{name} out",
        "design_maximum_flow_rate": flow_m3_s,
        "design_pump_head": power_w * 0.63 / flow_m3_s,
        "design_power_consumption": power_w,
        "motor_efficiency": 0.9,
        "fraction_of_motor_inefficiencies_to_fluid_stream": 0.0,
        "coefficient_1_of_the_part_load_performance_curve": law[0],
        "coefficient_2_of_the_part_load_performance_curve": law[1],
        "coefficient_3_of_the_part_load_performance_curve": law[2],
        "coefficient_4_of_the_part_load_performance_curve": law[3],
        "design_minimum_flow_rate": least * flow_m3_s,
        "pump_control_type": "Intermittent",
    }


def _fitted_pump(room: Room) -> tuple[float, float, float, float]:
    """Return the cubic nearest to the drive's law of power against flow."""
    flow = np.linspace(room.pump_minimum, 1.0, 40)
    law = room.pump_fixed + (1.0 - room.pump_fixed) * flow**room.pump_exponent
    cubic, square, linear, constant = np.polyfit(flow, law, 3)
    return float(constant), float(linear), float(square), float(cubic)


def _chilled_loop(room: Room) -> Model:
    flow = room.water_kg_s / WATER_KG_M3
    supply = _line(
        "chilled supply",
        [
            [_component("Pump:VariableSpeed", "chilled pump", "chilled pump in", "chilled pump out")],
            [
                _component("HeatExchanger:FluidToFluid", "economiser", "economiser in", "economiser out"),
                _component("Chiller:Electric:EIR", "chiller", "economiser out", "chiller out"),
            ],
            [_pipe("chilled out")],
        ],
    )
    demand = _line(
        "chilled demand",
        [
            [_pipe("coil way")],
            [_component("Coil:Cooling:Water", "coil", "coil water in", "coil water out")],
            [_pipe("chilled bypass")],
            [_pipe("coil back")],
        ],
    )
    loop: Model = {
        "PlantLoop": {
            "chilled": _loop("chilled", flow, ("chilled pump in", "chilled out out"), ("coil way in", "coil back out"))
            | {
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
            "chilled pump": _pump("chilled pump", flow, room.pump_w, _fitted_pump(room), room.pump_minimum)
        },
        "Pipe:Adiabatic": _pipes("chilled out", "coil way", "chilled bypass", "coil back"),
        "Schedule:Constant": _constant("chilled set", room.chilled_c),
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
    return _merged(supply, demand, loop)


def _loop(_name: str, flow: float, _supply: tuple[str, str], demand: tuple[str, str]) -> Fields:
    return {
        "fluid_type": "Water",
        "maximum_loop_flow_rate": flow,
        "minimum_loop_flow_rate": 0.0,
        "plant_loop_volume": "Autocalculate",
        "demand_side_inlet_node_name": demand[0],
        "demand_side_outlet_node_name": demand[1],
        "load_distribution_scheme": "SequentialLoad",
    }


def _chiller(room: Room) -> Model:
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
    cubic, square, linear, constant = (float(c) for c in np.polyfit(load, power, 3))
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
        "Curve:Cubic": {"part load": _cubic(constant, linear, square, cubic, 0.05)},
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


def _condenser_loop(room: Room) -> Model:
    flow = room.condenser_kg_s / WATER_KG_M3
    supply = _line(
        "condenser supply",
        [
            [_component("Pump:VariableSpeed", "condenser pump", "condenser pump in", "condenser pump out")],
            [_component("CoolingTower:VariableSpeed", "tower", "tower in", "tower out")],
            [_pipe("condenser leaves")],
        ],
    )
    demand = _line(
        "condenser demand",
        [
            [_pipe("condenser way")],
            [_component("Chiller:Electric:EIR", "chiller", "condenser in", "condenser out")],
            [_component("HeatExchanger:FluidToFluid", "economiser", "free in", "free out")],
            [_pipe("condenser bypass")],
            [_pipe("condenser back")],
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
            "condenser pump": _pump("condenser pump", flow, room.condenser_pump_w, (1.0, 0.0, 0.0, 0.0), 0.0)
        },
        "Pipe:Adiabatic": _pipes("condenser leaves", "condenser way", "condenser bypass", "condenser back"),
        "Schedule:File": _from_file("tower_set") | _from_file("economiser"),
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
        "Curve:Cubic": {"tower fan": _cubic(0.03, 0.0, 0.0, 0.97)},
        "HeatExchanger:FluidToFluid": {"economiser": _exchanger(room)},
    }
    return _merged(supply, demand, loop)


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
