"""The devices of one cabinet at an edge site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.devices.wiring import air, meters, power, servers
from simulators.sites.installer import Fitting, Installer

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.sites.device_spec import DeviceSpec

EDGE_S = 10.0
RACK = "r01"


def node_devices(node: str, port: Callable[[], int]) -> list[DeviceSpec]:
    """Return what an edge node reads of its cabinet: the site's meter, a rack PDU and the air."""
    site, fitting = Installer(port, plant=node, node=node), Fitting(interval_s=EDGE_S)
    site.place(f"{node}-meter", "eastron-sdm630", meters.sdm630("utility"), "SDM630", fitting)
    site.place(f"{node}-pdu", "apc-rpdu2", power.rack_pdu("/0/0"), "AP8641", fitting)
    site.place(f"{node}-env", "geist-environment", air.environment("/0", "room.dew_point_c"), "Watchdog 15", fitting)
    return site.devices


def cabinet_devices(port: Callable[[], int]) -> list[DeviceSpec]:
    """Return the devices of a site that is one cabinet, with a small UPS, a cooling unit and PV on the roof."""
    site = Installer(port)
    mains, pdu = ("meter-main", "meter-pv"), f"pdu-{RACK}-a"
    at_rack = Fitting(rack=RACK, interval_s=EDGE_S, heights=air.PROBES)
    fed = Fitting(rack=RACK, interval_s=EDGE_S, role="pdu_output", fed_by=("ups-a",))
    hosted = Fitting(rack=RACK, interval_s=EDGE_S, fed_by=(pdu,))
    for name, family, wires, model, fitting in (
        ("meter-main", "eastron-sdm630", meters.sdm630("utility"), "SDM630", Fitting(role="facility_input")),
        ("meter-mech", "eastron-sdm630", meters.sdm630("cooling"), "SDM630", Fitting(role="cooling", fed_by=mains)),
        (
            "meter-pv",
            "eastron-sdm630",
            meters.sdm630("pv_meter"),
            "SDM630",
            Fitting(role="generation", fed_by=("pv-1",)),
        ),
        ("pv-1", "sunspec-inverter", power.inverter(), "PV 1.5K", Fitting()),
        ("crah-1", "generic-crah", air.crah("/0"), "Split 5", Fitting(fed_by=("meter-mech",))),
        ("ups-a", "ups-rfc1628", power.ups("/0"), "UPS 3K", Fitting(fed_by=mains)),
        (pdu, "apc-rpdu2", power.rack_pdu("/0/0"), "AP8641", fed),
        (f"env-{RACK}", "geist-environment", air.environment("/0", "room.dew_point_c"), "Watchdog 15", at_rack),
        ("srv-01", "host-resources", servers.host(0), "Linux 6.1", hosted),
    ):
        site.place(name, family, wires, model, fitting)
    return site.devices
