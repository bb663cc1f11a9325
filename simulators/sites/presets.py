"""Ready-made simulated sites: their plants, their devices, and the files a person would write for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from greendc.errors import ConfigError
from simulators.plant import sizes
from simulators.plant.parameters import PlantParameters
from simulators.sites.cabinet_devices import RACK, cabinet_devices, node_devices
from simulators.sites.device_spec import ROOM, DeviceSpec, RackSpec
from simulators.sites.facility_devices import FacilitySize, facility_devices
from simulators.sites.site_text import SiteTitle, edge_text, site_text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["EDGE_NODES", "FAULTY_RACK", "PRESETS", "ROOM", "DeviceSpec", "Preset", "preset"]

EDGE_NODES = ("edge-01", "edge-02")
FLEET_NODES = tuple(f"edge-{i + 1:02}" for i in range(20))

FAULTY_RACK = 3
"""Place of rack r04 in the plant's arrays."""


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """A simulated site: its name, its plants by name with `ROOM` first, its devices, and its files by name.

    ``nodes`` are the edge nodes that are simulated too; to others belong files, with which real agents are started.
    """

    site: str
    plants: dict[str, PlantParameters]
    devices: list[DeviceSpec]
    files: dict[str, str]
    nodes: tuple[str, ...] = ()


class _Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """What a preset is made of; without a size the site is one cabinet. With ``agents`` its edge nodes are real."""

    title: SiteTitle
    plant: PlantParameters
    size: FacilitySize | None = None
    nodes: tuple[str, ...] = ()
    agents: bool = True


_ROOM_SIZE = FacilitySize(rooms=1, modules=2, racks=20)
_HALL_SIZE = FacilitySize(
    rooms=2, modules=8, racks=200, chillers=4, coolant_unit=True, rack_interval_s=30.0, liquid_racks=20
)
_RECIPES = {
    "small-edge": _Recipe(title=SiteTitle("edge-demo", "边缘示范站点", "Edge demo site"), plant=sizes.cabinet()),
    "room": _Recipe(
        title=SiteTitle("kunming-demo", "昆明示范机房", "Kunming demo room"),
        plant=sizes.room(),
        size=_ROOM_SIZE,
        nodes=EDGE_NODES,
    ),
    "hall": _Recipe(title=SiteTitle("hall-demo", "示范数据大厅", "Demo hall"), plant=sizes.hall(), size=_HALL_SIZE),
    "fleet": _Recipe(
        title=SiteTitle("fleet-demo", "示范数据大厅与边缘站点", "Demo hall with edge sites"),
        plant=sizes.hall(),
        size=_HALL_SIZE,
        nodes=FLEET_NODES,
        agents=False,
    ),
}
PRESETS = tuple(_RECIPES)


def preset(name: str, port: Callable[[], int], broker: str) -> Preset:
    """Return a preset; ``port`` gives a free port at each call, ``broker`` is the URL that edge nodes publish to.

    Raises:
        ConfigError: there is no preset of this name.
    """
    recipe = _RECIPES.get(name)
    if recipe is None:
        raise ConfigError.single("simulate.unknown_preset", name=name, known=", ".join(PRESETS))
    if recipe.size is None:
        racks = [RackSpec(name=RACK, room="room-1", module="", row="A", position=1)]
        devices = cabinet_devices(port)
    else:
        racks, devices = recipe.size.places(), facility_devices(recipe.size, port)
    for node in recipe.nodes:
        devices += node_devices(node, port)
    title = recipe.title
    files = {"site.toml": site_text(title, racks, devices, agents=recipe.agents)}
    if recipe.agents:
        files |= {f"{node}.toml": edge_text(title.name, node, devices, broker) for node in recipe.nodes}
    plants = {ROOM: recipe.plant} | dict.fromkeys(recipe.nodes, sizes.cabinet())
    nodes = () if recipe.agents else recipe.nodes
    return Preset(site=title.name, plants=plants, devices=devices, files=files, nodes=nodes)
