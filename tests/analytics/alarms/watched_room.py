"""A small site with its power and air, and conditions that a test switches on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.alarm import Alarm
from analytics.alarms.book import book_of
from analytics.alarms.lifecycle import decide
from analytics.alarms.rule import Rule, Scene, Verdicts
from analytics.topology import Topology
from greendc.device import DeviceEntry
from greendc.model import Principal
from greendc.site import EdgeNode, Feed, Rack, Room, Site, SiteInfo
from greendc.units import NS_PER_SECOND
from tests.analytics.plant import SITE, START

if TYPE_CHECKING:
    from analytics.alarms.episode import Episode
    from greendc.contracts import Event, Ledger

OPERATOR = Principal(name="li", role="operator")
EVALUATOR = Principal(name="wang", role="evaluator")
RACKS = ("r01", "r02", "r03")


def device(name: str, profile: str, rack: str = "", address: str = "snmp://127.0.0.1") -> DeviceEntry:
    """Return a device that nobody reads."""
    return DeviceEntry(name=name, profile=profile, address=address, rack=rack, interval_s=10.0)


def watched_room(racks: tuple[str, ...] = RACKS) -> Site:
    """Return a room with two feeds, racks, a chilled-water plant, a Modbus gateway and an edge node."""
    gateway = "modbus://10.0.0.9:502?unit="
    sides = ("a", "b")
    return Site(
        info=SiteInfo(name=SITE, timezone="Asia/Shanghai"),
        rooms=[Room(name="room-1")],
        racks=[Rack(name=rack, room="room-1") for rack in racks],
        devices=[
            device("main", "schneider-iem3000", address=f"{gateway}1"),
            device("mech", "eastron-sdm630", address=f"{gateway}2"),
            *(device(f"ups-{side}", "ups-rfc1628") for side in sides),
            *(device(f"pdu-{rack}-{side}", "apc-rpdu2", rack) for rack in racks for side in sides),
            *(device(f"env-{rack}", "geist-environment", rack) for rack in racks),
            device("srv-1", "host-resources", racks[0]),
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


def _never(_scene: Scene) -> Verdicts:
    """Judge nothing: the test says what holds."""
    return Verdicts(raised=[], over=[])


TEST_RULES = {
    rule.key: rule
    for rule in (
        Rule(key="rack_inlet", evaluate=_never, hard=True),
        Rule(key="ups_source", evaluate=_never, hard=True),
        Rule(key="leak", evaluate=_never, hard=True, latched=True),
        Rule(key="device_silent", evaluate=_never, silence=True),
        Rule(key="learned", evaluate=_never, model=True),
    )
}


class Watch:
    """Rounds of the life-cycle over conditions that a test sets; time goes only as it says."""

    def __init__(self, ledger: Ledger, site: Site | None = None) -> None:
        """Start with nothing wrong."""
        self.ledger = ledger
        self.topology = Topology(site or watched_room())
        self.now_ns = START
        self.holds: dict[str, Alarm] = {}
        self.seen: set[str] = set()

    def begin(self, rule: str, node: str, priority: str = "medium", *, ago_s: float = 0.0, suppressed: str = "") -> str:
        """Let a condition hold from now on, or since ``ago_s``; return the id of its alarm."""
        alarm_id = f"{rule}/{node}"
        before = self.holds.get(alarm_id)
        self.seen.add(alarm_id)
        self.holds[alarm_id] = Alarm(
            id=alarm_id,
            rule=rule,
            kind="site",
            priority=priority,
            place=node,
            device=node,
            part="",
            quantity="",
            value=None,
            unit="1",
            limit=None,
            since_ns=before.since_ns if before else self.now_ns - round(ago_s * NS_PER_SECOND),
            raised_ns=0,
            advisory=rule == "learned",
            node=node,
            suppressed=suppressed,
        )
        return alarm_id

    def end(self, alarm_id: str) -> None:
        """Let a condition be over."""
        self.holds.pop(alarm_id, None)

    def wait(self, seconds: float) -> None:
        """Let time pass without a round."""
        self.now_ns += round(seconds * NS_PER_SECOND)

    def decided(self) -> list[Event]:
        """Return what a round would write now."""
        return decide(book_of(self.ledger).fold(), self.verdicts(), TEST_RULES, self.topology, self.now_ns)

    def tick(self, after_s: float = 0.0) -> list[Event]:
        """Make a round and return what it wrote."""
        self.wait(after_s)
        events = self.decided()
        book_of(self.ledger).write(events)
        return events

    def verdicts(self) -> dict[str, Verdicts]:
        """Return what the rules would find."""
        return {
            key: Verdicts(
                raised=[alarm for alarm in self.holds.values() if alarm.rule == key],
                over=[each for each in sorted(self.seen) if each not in self.holds and each.startswith(f"{key}/")],
            )
            for key in TEST_RULES
        }

    def episode(self, alarm_id: str) -> Episode:
        """Return an alarm as it stands or last stood."""
        found = book_of(self.ledger).fold().find(alarm_id)
        assert found is not None
        return found
