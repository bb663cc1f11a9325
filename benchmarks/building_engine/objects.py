"""Parts of a model in the engine's own words: components, branches, pumps, schedules, curves."""

from __future__ import annotations

Fields = dict[str, "str | float | list[dict[str, str | float]]"]
Model = dict[str, dict[str, Fields]]

COLUMNS = ("servers", "other", "tower_set", "economiser")
"""Columns of schedules.csv, hour by hour."""
WATER_J_KG_K = 4190.0
WATER_KG_M3 = 999.0


def component(kind: str, name: str, inlet: str, outlet: str) -> dict[str, str | float]:
    """Return one component of a branch, between two nodes."""
    return {
        "component_object_type": kind,
        "component_name": name,
        "component_inlet_node_name": inlet,
        "component_outlet_node_name": outlet,
    }


def pipe(name: str) -> dict[str, str | float]:
    """Return a pipe that loses no heat, as a component."""
    return component("Pipe:Adiabatic", name, f"{name} in", f"{name} out")


def pipes(*names: str) -> dict[str, Fields]:
    """Return the objects of such pipes."""
    return {name: {"inlet_node_name": f"{name} in", "outlet_node_name": f"{name} out"} for name in names}


def line(prefix: str, parts: list[list[dict[str, str | float]]]) -> Model:
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


def merged(*parts: Model) -> Model:
    """Return one model with the objects of several."""
    model: Model = {}
    for part in parts:
        for kind, objects in part.items():
            model.setdefault(kind, {}).update(objects)
    return model


def pump(name: str, flow_m3_s: float, power_w: float, law: tuple[float, float, float, float], least: float) -> Fields:
    """Return a pump of variable speed whose power follows a cubic ``law`` of its flow."""
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


def constant(name: str, value: float) -> dict[str, Fields]:
    """Return a schedule of one value."""
    return {name: {"schedule_type_limits_name": "any", "hourly_value": value}}


def from_file(name: str) -> dict[str, Fields]:
    """Return the schedule that stands in one of the columns of schedules.csv."""
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


def plane(constant: float, x: float, y: float, low: float = 0.0, high: float = 1.5) -> Fields:
    """Return a curve that is linear in both of its inputs."""
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


def cubic(c0: float, c1: float, c2: float, c3: float, low: float = 0.0) -> Fields:
    """Return a curve of third degree in one input."""
    return {
        "coefficient1_constant": c0,
        "coefficient2_x": c1,
        "coefficient3_x_2": c2,
        "coefficient4_x_3": c3,
        "minimum_value_of_x": low,
        "maximum_value_of_x": 1.2,
    }
