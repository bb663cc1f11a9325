"""What depends on what at a site."""

from __future__ import annotations

import msgspec
import pytest

from analytics.topology import PLANT, Kind, Topology
from greendc.device import DeviceEntry
from greendc.site import CENTRE, EdgeNode, Feed, Rack, Room, Site, SiteInfo
from tests.analytics.plant import SITE


def device(name: str, profile: str, rack: str = "", address: str = "snmp://127.0.0.1") -> DeviceEntry:
    """Return a device that nobody reads."""
    return DeviceEntry(name=name, profile=profile, address=address, rack=rack)


@pytest.fixture
def site() -> Site:
    """Return a room with two feeds, two racks, a chilled-water plant, a gateway and an edge node."""
    gateway = "modbus://10.0.0.9:502?unit="
    racks = ("r01", "r02")
    sides = ("a", "b")
    return Site(
        info=SiteInfo(name=SITE),
        rooms=[Room(name="room-1")],
        racks=[Rack(name=rack, room="room-1") for rack in racks],
        devices=[
            device("main", "schneider-iem3000", address=f"{gateway}1"),
            device("mech", "eastron-sdm630", address=f"{gateway}2"),
            *(device(f"ups-{side}", "ups-rfc1628") for side in sides),
            *(device(f"pdu-{rack}-{side}", "apc-rpdu2", rack) for rack in racks for side in sides),
            *(device(f"env-{rack}", "geist-environment", rack) for rack in racks),
            device("srv-1", "host-resources", "r01"),
            device("chiller-1", "generic-chiller"),
            device("crah-1", "generic-crah"),
        ],
        feeds=[
            *(Feed(source="main", target=name) for name in ("mech", "ups-a", "ups-b")),
            *(Feed(source=f"ups-{side}", target=f"pdu-{rack}-{side}") for rack in racks for side in sides),
            Feed(source="mech", target="chiller-1"),
            Feed(source="mech", target="crah-1"),
        ],
        edge_nodes=[EdgeNode(name="edge-01", devices=["edge-ups"])],
    )


def test_a_server_draws_on_the_whole_chain(site: Site) -> None:
    """Up from a server: its rack, both feeds, the utility, and by air the room, the unit, the plant and its chiller."""
    above = Topology(site).ancestors("srv-1")
    assert {"r01", "pdu-r01-a", "pdu-r01-b", "ups-a", "ups-b", "main"} <= above
    assert {"room-1", "crah-1", PLANT, "chiller-1", "mech"} <= above
    assert not {"r02", "pdu-r02-a", "srv-1", "edge-01", CENTRE} & above


def test_a_pdu_does_not_depend_on_its_rack(site: Site) -> None:
    """Power flows from the PDU into the rack; the environment monitor beside it draws on the rack."""
    topology = Topology(site)
    assert topology.ancestors("pdu-r01-a") == {"ups-a", "main"}
    assert "pdu-r01-a" in topology.ancestors("env-r01")


def test_the_air_of_a_rack_hangs_on_the_utility_too(site: Site) -> None:
    """Without power there is no cold: what a rack's air hangs on goes on up to the meter; a PDU has no air."""
    topology = Topology(site)
    assert {"room-1", "crah-1", PLANT, "chiller-1", "mech", "main"} == topology.cooled_by("r01")
    assert topology.cooled_by("pdu-r01-a") == frozenset()


def test_data_come_by_gateway_edge_node_or_collector(site: Site) -> None:
    """Two meters share a Modbus gateway; a device of an edge node is not read by the collector."""
    topology = Topology(site)
    assert topology.carriers("main") == {CENTRE, "modbus://10.0.0.9:502"}
    assert topology.carriers("edge-ups") == {"edge-01"}
    assert topology.carriers("modbus://10.0.0.9:502") == {CENTRE}
    assert topology.carried("modbus://10.0.0.9:502") == {"main", "mech"}
    assert topology.nodes["modbus://10.0.0.9:502"].kind is Kind.GATEWAY
    assert "edge-ups" not in topology.carried(CENTRE)


def test_a_window_on_one_feed_covers_its_branch_alone(site: Site) -> None:
    """Work on UPS A covers its PDUs, not the racks that the other feed keeps alive; a rack covers what is in it."""
    topology = Topology(site)
    assert topology.covered("ups-a") == {"ups-a", "pdu-r01-a", "pdu-r02-a"}
    assert topology.covered("r01") == {"r01", "pdu-r01-a", "pdu-r01-b", "env-r01", "srv-1"}
    assert {"r01", "r02", "env-r02"} <= topology.covered("room-1")
    assert topology.covered("edge-01") == {"edge-01", "edge-ups"}
    assert {"main", "mech"} <= topology.covered("modbus://10.0.0.9:502")
    assert set(topology.nodes) == set(topology.covered(SITE))


def test_an_alarm_belongs_to_its_place(site: Site) -> None:
    """The place where it is a node, else the device, else the site."""
    topology = Topology(site)
    assert topology.node_of("env-r01", "r01") == "r01"
    assert topology.node_of("ups-a", "") == "ups-a"
    assert topology.node_of("", "nowhere") == SITE


def test_a_ring_of_feeds_is_no_trap(site: Site) -> None:
    """A site file may feed in a ring, as a ring main does."""
    ring = msgspec.structs.replace(site, feeds=[*site.feeds, Feed(source="ups-a", target="main")])
    topology = Topology(ring)
    assert "main" in topology.ancestors("ups-a")
    assert "ups-a" not in topology.ancestors("ups-a")
