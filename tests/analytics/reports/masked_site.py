"""A site whose names all say something, and what its meters counted: for tests of what readers may not see."""

from __future__ import annotations

from greendc.device import Credential, DeviceEntry
from greendc.model import SeriesKey
from greendc.mounted import Mounted
from greendc.settings import Secret
from greendc.site import EdgeNode, Feed, Meter, Rack, Role, Room, Site, SiteInfo
from greendc.units import NS_PER_SECOND
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, START

END = START + 6 * HOUR
OWN = "kunming-west"
LABEL = "socket-of-zhang"
NAMES = (
    OWN,
    "昆明西数据中心",
    "zulu-main",
    "alpha-rack9",
    "mike-hall",
    "podium-7",
    "zhang.san",
    "10.20.30.40",
    "topsecret9",
)


def site() -> Site:
    """Return a site whose names all say something, and do not come in the order of the alphabet."""
    return Site(
        info=SiteInfo(name=OWN, title_zh="昆明西数据中心", title_en="Kunming West", timezone="Asia/Shanghai"),
        rooms=[Room(name="mike-hall")],
        racks=[Rack(name="alpha-rack9", room="mike-hall", module="podium-7", row="bravo-row")],
        devices=[
            DeviceEntry(name="zulu-main", profile="apc-rpdu2", address="snmp://10.20.30.40:161", credential="ops-key"),
            DeviceEntry(name="alpha-pdu5", profile="apc-rpdu2", address="snmp://127.0.0.1:1161", rack="alpha-rack9"),
            DeviceEntry(name="main", profile="apc-rpdu2", address="snmp://127.0.0.1:1162"),
        ],
        mounted=[
            Mounted(name="oscar-server", rack="alpha-rack9", unit=3, title="王的服务器", power=[f"alpha-pdu5/{LABEL}"])
        ],
        feeds=[Feed(source="zulu-main", target="alpha-pdu5")],
        meters=[
            Meter(role=Role.FACILITY_INPUT, device="zulu-main"),
            Meter(role=Role.PDU_OUTPUT, device="alpha-pdu5", part=LABEL, module="podium-7"),
        ],
        edge_nodes=[EdgeNode(name="quebec-edge", title_en="Quebec branch", devices=["romeo-sensor"])],
        credentials={"ops-key": Credential(kind="snmp-v2c", community=Secret("topsecret9"))},
    )


def history(start_ns: int = START, end_ns: int = END, *, gap: bool = True) -> MemoryHistory:
    """Return registers that count at 13 kW and 10 kW, one with a gap of an hour."""
    store = MemoryHistory()
    for device, part, rate in (("zulu-main", "", 13_000.0), ("alpha-pdu5", LABEL, 10_000.0), ("main", "", 1.0)):
        silent = gap and device == "alpha-pdu5"
        times = [
            at
            for at in range(start_ns, end_ns + MINUTE, 10 * MINUTE)
            if not (silent and 2 <= (at - start_ns) // HOUR < 3)
        ]
        values = [rate * (at - start_ns) / NS_PER_SECOND for at in times]
        store.add(SeriesKey(OWN, device, part, "active_energy_j"), times, values)
    return store
