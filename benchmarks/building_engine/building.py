"""The room's walls and loads, and the year that is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.building_engine.objects import constant, cubic, from_file, plane

if TYPE_CHECKING:
    from benchmarks.building_engine.objects import Fields, Model
    from benchmarks.building_engine.room import Room

SIDE_M = 11.2
METERS = (
    "ITE-CPU:InteriorEquipment:Electricity",
    "InteriorEquipment:Electricity",
    "Fans:Electricity",
    "Cooling:Electricity",
    "Pumps:Electricity",
    "HeatRejection:Electricity",
)


def run(_room: Room) -> Model:
    """Return what is simulated: a year in steps of ten minutes, and which meters are told."""
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


def zone(room: Room) -> Model:
    """Return the room's walls and its connections to the air loop."""
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
        "Schedule:Constant": constant("always", 1.0),
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


def loads(room: Room) -> Model:
    """Return the servers, with fans that answer to their inlet, and all other load."""
    design_w = float(room.servers_w.max()) + room.server_fans_w
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
        "Schedule:File": from_file("servers") | from_file("other"),
        "Curve:Biquadratic": {
            "cpu": plane(0.0, 1.0, 0.0, 0.0, 1.5),
            # Flat below the temperature at which fans begin to answer, linear up to full speed.
            "server flow": plane(room.fan_minimum - room.fan_gain_per_k * room.fan_start_c, 0.0, room.fan_gain_per_k)
            | {"minimum_curve_output": room.fan_minimum, "maximum_curve_output": 1.0},
        },
        "Curve:Cubic": {"server fans": cubic(0.0, 0.0, 0.0, 1.0)},
    }
