"""The devices of a room or a hall, by how many racks, modules and chillers it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simulators.devices.wiring import air, meters, outdoors, power, servers, water
from simulators.sites.device_spec import RackSpec
from simulators.sites.installer import Fitting, Installer
from simulators.sites.site_text import CREDENTIAL, CREDENTIAL_V3

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.devices.device import Wires
    from simulators.sites.device_spec import DeviceSpec

FEEDS = "ab"
UPS_ACCESS = {"a": CREDENTIAL, "b": CREDENTIAL_V3}
"""One of the two UPSs is read over SNMP v3."""
HOSTS = 2
UNITS = 3
"""Air handlers a module; the last of them is a Liebert behind its web card."""
RACK_S = 10.0
PDU_A, LIQUID_PDU_A = 16.0, 32.0
"""The breaker before a rack PDU, a phase; that of a rack with accelerators."""
RACK_KW, LIQUID_KW = 5.0, 20.0
"""What a rack is rated for; one with accelerators."""
SLOW_S = 30.0
MAINS = ("meter-main", "meter-pv", "meter-storage", "generator-1")
"""What feeds the main board: the grid, and what stands beside it."""
_FINE, _USUAL, _FLUID = 0.005, 0.01, 0.02
_PV, _STORAGE = ("pv-1",), ("storage-1",)
_MECHANICAL, _AUXILIARY = ("meter-mech",), ("meter-aux",)

METERS: tuple[tuple[str, str, Wires, str, str, float, tuple[str, ...]], ...] = (
    ("meter-main", "schneider-iem3000", meters.iem3000("utility"), "iEM3255", "facility_input", _FINE, ()),
    ("meter-mech", "eastron-sdm630", meters.sdm630("cooling"), "SDM630", "cooling", _USUAL, MAINS),
    ("meter-light", "eastron-sdm630", meters.sdm630("lighting"), "SDM630", "lighting", _USUAL, MAINS),
    ("meter-aux", "eastron-sdm630", meters.sdm630("auxiliary"), "SDM630", "other", _USUAL, MAINS),
    ("meter-ups-a", "schneider-iem3000", meters.iem3000("ups_a"), "iEM3255", "ups_output", _FINE, ("ups-a",)),
    ("meter-ups-b", "schneider-iem3000", meters.iem3000("ups_b"), "iEM3255", "ups_output", _FINE, ("ups-b",)),
    ("meter-pv", "schneider-iem3000", meters.iem3000("pv_meter"), "iEM3155", "generation", _FINE, _PV),
    ("meter-storage", "schneider-iem3000", meters.iem3000("storage_meter"), "iEM3155", "storage", _FINE, _STORAGE),
    ("meter-water", "generic-water-meter", meters.water_meter(), "DN 25", "water_input", _FLUID, ()),
    ("meter-heat", "generic-heat-meter", meters.heat_meter("chilled"), "DN 80", "heat_removed", _FLUID, ()),
    ("meter-reuse", "generic-heat-meter", meters.heat_meter("reuse"), "DN 40", "heat_reuse", _FLUID, ()),
)
"""Name, profile, wires, model, role, class and what feeds it."""
MACHINES: tuple[tuple[str, str, Wires, str, tuple[str, ...]], ...] = (
    ("pump-chilled", "generic-drive", water.drive("pump.chilled"), "VFD 5.5", _MECHANICAL),
    ("pump-condenser", "generic-drive", water.drive("pump.condenser"), "VFD 4", _MECHANICAL),
    ("tower-1", "generic-drive", water.drive("tower"), "VFD 3", _MECHANICAL),
    ("economiser-1", "generic-economiser", water.economiser(), "PLC 12", ()),
    ("treatment-1", "generic-water-treatment", water.treatment(), "CT 2", ()),
    ("heat-pump-1", "generic-heat-pump", water.heat_pump(), "WW 30", _AUXILIARY),
    ("pv-1", "sunspec-inverter", power.inverter(), "PV 20K", ()),
    ("storage-1", "sunspec-storage", power.storage(), "ESS 60", ()),
    ("weather-1", "sunspec-weather", outdoors.weather_station(), "WS 500", ()),
)
"""Name, profile, wires, model and what feeds it."""


class FacilitySize(msgspec.Struct, frozen=True, kw_only=True):
    """How large a facility is. Modules are spread over rooms, racks and air handlers over modules, in that order.

    The last ``liquid_racks`` hold accelerators.
    """

    rooms: int
    modules: int
    racks: int
    chillers: int = 2
    coolant_unit: bool = False
    rack_interval_s: float = RACK_S
    liquid_racks: int = 0

    def places(self) -> list[RackSpec]:
        """Return the racks, one row a module."""
        digits = max(2, len(str(self.racks)))
        by_module, by_room = self.racks // self.modules, self.modules // self.rooms
        return [
            RackSpec(
                name=f"r{i + 1:0{digits}}",
                room=f"room-{i // by_module // by_room + 1}",
                module=f"m{i // by_module + 1}",
                row=chr(ord("A") + i // by_module),
                position=i % by_module + 1,
                front=("next", "previous")[i // by_module % 2],
                nominal_kw=LIQUID_KW if i >= self.racks - self.liquid_racks else RACK_KW,
            )
            for i in range(self.racks)
        ]


def facility_devices(size: FacilitySize, port: Callable[[], int]) -> list[DeviceSpec]:
    """Return the devices of a facility; ``port`` gives a free port at each call."""
    site = Installer(port)
    for name, family, wires, model, role, accuracy, fed_by in METERS:
        fitting = Fitting(role=role, accuracy=accuracy, fed_by=fed_by, gateway="meters")
        site.place(name, family, wires, model, fitting)
    for name, family, wires, model, fed_by in MACHINES:
        site.place(name, family, wires, model, Fitting(fed_by=fed_by))
    site.place("generator-1", "generic-generator", power.generator(), "DG 180", Fitting(role="generation"))
    for i, (feed, credential) in enumerate(UPS_ACCESS.items()):
        fitting = Fitting(fed_by=MAINS, credential=credential)
        site.place(f"ups-{feed}", "ups-rfc1628", power.ups(f"/{i}"), "UPS 105K", fitting)
    _cooling(size, site)
    racks = size.places()
    for i, rack in enumerate(racks):
        _rack(size, site, rack, i)
    first = racks[0].name
    at_first = Fitting(fed_by=tuple(f"pdu-{first}-{feed}" for feed in FEEDS), rack=first, interval_s=RACK_S)
    for i in range(HOSTS):
        site.place(f"srv-{i + 1:02}", "host-resources", servers.host(i), "Linux 6.1", at_first)
    return site.devices


def _cooling(size: FacilitySize, site: Installer) -> None:
    fitting = Fitting(fed_by=_MECHANICAL)
    for i in range(size.modules * UNITS):
        if i % UNITS == UNITS - 1:
            site.place(f"crah-{i + 1}", "vertiv-crac", air.liebert(f"/{i}"), "Liebert PCW", fitting)
        else:
            site.place(f"crah-{i + 1}", "generic-crah", air.crah(f"/{i}"), "CRAH 30", fitting)
    for i in range(size.chillers):
        site.place(f"chiller-{i + 1}", "generic-chiller", water.chiller(f"/{i}"), "WCC 100", fitting)
    if size.coolant_unit:
        site.place("cdu-1", "generic-cdu", water.coolant_unit(), "CDU 320", fitting)


def _rack(size: FacilitySize, site: Installer, rack: RackSpec, place: int) -> None:
    name, zone = rack.name, int(rack.module[1:]) - 1
    beside = Fitting(rack=name, interval_s=size.rack_interval_s)
    amperes = LIQUID_PDU_A if rack.nominal_kw == LIQUID_KW else PDU_A
    for i, feed in enumerate(FEEDS):
        fed = msgspec.structs.replace(beside, role="pdu_output", fed_by=(f"meter-ups-{feed}",), rated_a=amperes)
        site.place(f"pdu-{name}-{feed}", "apc-rpdu2", power.rack_pdu(f"/{i}/{place}"), "AP8641", fed)
    before = air.environment(f"/{place}", f"zone.dew_point_c/{zone}")
    probes = msgspec.structs.replace(beside, heights=air.PROBES)
    site.place(f"env-{name}", "geist-environment", before, "Watchdog 15", probes)
    behind = Fitting(rack=name, interval_s=SLOW_S, gateway="racks")
    site.place(f"rear-{name}", "generic-rear-sensor", air.rear_sensor(f"/{place}"), "PT 1", behind)
