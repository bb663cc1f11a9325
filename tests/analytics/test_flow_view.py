"""The energy flow: what goes into a place is what comes out of it and what is left, whatever the meters say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.carbon import grid_factor
from analytics.energy import role_energy
from analytics.flow_view import COLUMNS, Flow, Ribbon, Unit, compared, flow_of, table
from analytics.flow_view.balance import balanced, left_over
from analytics.flow_view.steps import edges_of, steps_of
from analytics.flow_view.tree import tree_of
from greendc.device import DeviceEntry
from greendc.model import SeriesKey
from greendc.site import Feed, Meter, Role, Site, SiteInfo, Tariff
from greendc.units import J_PER_KWH
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, SITE, START, add_register, energy_key, power_key

if TYPE_CHECKING:
    from collections.abc import Sequence

METERS = (
    ("main", Role.FACILITY_INPUT),
    ("sun", Role.GENERATION),
    ("cool", Role.COOLING),
    ("light", Role.LIGHTING),
    ("in-a", Role.UPS_INPUT),
    ("out-a", Role.UPS_OUTPUT),
    ("pdu-1", Role.PDU_OUTPUT),
    ("pdu-2", Role.PDU_OUTPUT),
    ("srv", Role.IT_INPUT),
)
FEEDS = (
    ("main", "cool"),
    ("main", "light"),
    ("main", "in-a"),
    ("in-a", "out-a"),
    ("out-a", "pdu-1"),
    ("out-a", "pdu-2"),
    ("pdu-1", "srv"),
    ("pdu-2", "srv"),
)
USUAL = {
    "main": 90.0,
    "sun": 10.0,
    "cool": 20.0,
    "light": 2.0,
    "in-a": 70.0,
    "out-a": 66.0,
    "pdu-1": 33.0,
    "pdu-2": 32.0,
    "srv": 64.0,
}
ENDS = {"it", "cooling", "lighting", "loss", "untracked", "unknown"}


def site(*, energy: str = "active_energy_j", price: float | None = 0.5, region: str = "CN-YN") -> Site:
    """Return a site with one of each metering point and two PDUs that share a load."""
    return Site(
        info=SiteInfo(name=SITE, timezone="UTC", region=region),
        meters=[Meter(role=role, device=name, energy=energy, renewable=name == "sun") for name, role in METERS],
        feeds=[Feed(source=source, target=target) for source, target in FEEDS],
        tariff=None if price is None else Tariff(price_per_kwh=price),
    )


def counted(**kwh: float) -> MemoryHistory:
    """Return an hour in which every meter counts its usual energy, or another."""
    history = MemoryHistory()
    for name, usual in USUAL.items():
        add_register(history, name, kwh.get(name.replace("-", "_"), usual))
    return history


def ribbons(flow: Flow) -> dict[tuple[str, str], float]:
    """Return the ribbons' energies [kWh] by the kinds of their ends."""
    kinds = {node.name: node.kind for node in flow.nodes}
    return {(kinds[one.source], kinds[one.target]): one.amount.energy_j / J_PER_KWH for one in flow.links}


def test_the_whole_way_down() -> None:
    """Supplies meet at the board; cooling, losses and what is untracked leave; what the last meters count is IT."""
    found = ribbons(flow_of(counted(), site(), START, START + HOUR))
    assert found[("utility", "main")] == pytest.approx(90.0)
    assert found[("pv", "main")] == pytest.approx(10.0)
    assert found[("main", "cooling")] == pytest.approx(20.0)
    assert found[("main", "untracked")] == pytest.approx(8.0)
    assert found[("ups_input", "loss")] == pytest.approx(4.0)
    assert found[("ups_output", "untracked")] == pytest.approx(1.0)
    assert found[("it_input", "it")] == pytest.approx(64.0)
    metered = role_energy(counted(), site(), Role.IT_INPUT, START, START + HOUR).value_j
    assert found[("it_input", "it")] * J_PER_KWH == pytest.approx(metered)


HOLES = st.lists(st.tuples(st.integers(0, 59), st.integers(0, 60)), min_size=len(METERS), max_size=len(METERS))


def powered(loads: Sequence[float], holes: Sequence[tuple[int, int]]) -> MemoryHistory:
    """Return an hour of steady loads [kW], each silent for some minutes from one on."""
    history = MemoryHistory()
    for (name, _), kw, (hole, length) in zip(METERS, loads, holes, strict=True):
        minutes = [i for i in range(61) if not hole < i < hole + length]
        history.add(power_key(name), [START + i * MINUTE for i in minutes], [kw * 1000.0] * len(minutes))
    return history


@settings(max_examples=60, deadline=None)
@given(loads=st.lists(st.floats(0.0, 200.0), min_size=len(METERS), max_size=len(METERS)), holes=HOLES)
def test_energy_is_kept(loads: list[float], holes: list[tuple[int, int]]) -> None:
    """Into each hub goes what comes out of it and its remainder, whatever meters count and wherever they are silent."""
    history, by_power = powered(loads, holes), site(energy="")
    tree = tree_of(by_power, history.series(SITE))
    assert tree is not None
    made = balanced(tree, steps_of(history, by_power, tree.meters(), edges_of(START, START + HOUR)))
    hubs = {end for stream in made.streams for end in (stream.source, stream.target) if end.startswith("hub:")}
    assert len(hubs) == 4
    for name in hubs:
        assert left_over(made.streams, name) == pytest.approx(0.0, abs=1.0)
    assert all(link.amount.energy_j > 0 for link in flow_of(history, by_power, START, START + HOUR).links)


@settings(max_examples=60, deadline=None)
@given(whole=st.floats(1.0, 500.0), on=st.lists(st.floats(0.1, 0.99), min_size=8, max_size=8), holes=HOLES)
def test_the_page_keeps_energy_cost_and_carbon(whole: float, on: list[float], holes: list[tuple[int, int]]) -> None:
    """As long as no meter is wrong, the ribbons into every node are as wide as those out of it, in every unit."""
    into_ups = 0.6 * whole * on[3]
    out = into_ups * on[4]
    pdus = 0.5 * out * on[5], 0.5 * out * on[6]
    loads = [0.9 * whole, 0.1 * whole, 0.2 * whole * on[1], 0.1 * whole * on[2], into_ups, out, *pdus]
    flow = flow_of(powered([*loads, sum(pdus) * on[7]], holes), site(energy=""), START, START + HOUR)
    assert {note.code for note in flow.notes} <= {"silent"}
    for unit in Unit:
        for node in flow.nodes:
            into = sum(one.amount.of(unit) or 0.0 for one in flow.links if one.target == node.name)
            leaving = sum(one.amount.of(unit) or 0.0 for one in flow.links if one.source == node.name)
            if node.kind not in {*ENDS, "utility", "pv"}:
                assert leaving == pytest.approx(into, rel=1e-9, abs=1.0)


def test_a_meter_that_must_be_wrong_is_a_note() -> None:
    """Children that count more than their parent are told with what is too much, and there is no ribbon of it."""
    flow = flow_of(counted(out_a=80.0), site(), START, START + HOUR)
    assert ("ups_input", "loss") not in ribbons(flow)
    (note,) = [one for one in flow.notes if one.code == "negative"]
    assert note.meters == ("in-a", "out-a")
    assert note.energy_j == pytest.approx(10.0 * J_PER_KWH)
    small = flow_of(counted(out_a=70.1), site(), START, START + HOUR)
    assert [one.code for one in small.notes] == ["within_class"]


def test_a_silent_child_is_not_untracked() -> None:
    """What a silent PDU took is a ribbon of its own, marked, because nobody can tell it from what is untracked."""
    history = MemoryHistory()
    for name, kwh in USUAL.items():
        if name != "pdu-2":
            add_register(history, name, kwh)
    flow = flow_of(history, site(), START, START + HOUR)
    assert ("ups_output", "untracked") not in ribbons(flow)
    (lost,) = [one for one in flow.links if one.ribbon is Ribbon.UNKNOWN and one.source == "out-a:ups_output"]
    assert lost.amount.energy_j == pytest.approx(33.0 * J_PER_KWH)
    assert lost.marked
    assert ("pdu-2",) in [one.meters for one in flow.notes if one.code == "silent"]


def test_coverage_is_that_of_the_ribbon() -> None:
    """A meter that began to speak half-way covers half of the period; those above it all of it."""
    history = MemoryHistory()
    for name, kwh in USUAL.items():
        if name != "cool":
            add_register(history, name, kwh)
    times = np.arange(START + HOUR // 2, START + HOUR + 1, MINUTE)
    history.add(energy_key("cool"), times.tolist(), np.linspace(1e12, 1e12 + 10 * J_PER_KWH, len(times)).tolist())
    flow = flow_of(history, site(), START, START + HOUR)
    by = {(one.source, one.target): one for one in flow.links}
    assert by[("main", "cooling")].coverage == pytest.approx(0.5)
    assert by[("main", "cooling")].marked
    assert by[("main:facility_input", "main")].coverage == 1.0
    assert flow.coverage == 1.0


def test_cost_and_carbon_are_those_of_the_grid() -> None:
    """The sun's energy costs nothing; below the board every ribbon has its share of what the grid's did."""
    flow = flow_of(counted(), site(), START, START + HOUR)
    by = {(one.source, one.target): one.amount for one in flow.links}
    assert by[("main:facility_input", "main")].money == pytest.approx(45.0)
    assert by[("sun:generation", "main")].money == 0.0
    assert by[("main", "cooling")].money == pytest.approx(9.0)
    carbon = [by[pair].carbon_kg or 0.0 for pair in (("main:facility_input", "main"), ("main", "cooling"))]
    assert carbon[1] == pytest.approx(0.2 * carbon[0])
    factor = grid_factor(site().info.region, 2026)
    assert factor is not None
    energy_j = by[("main:facility_input", "main")].energy_j
    assert carbon[0] == pytest.approx(energy_j / J_PER_KWH * factor.kg_per_kwh)
    assert flow.factor_source == factor.source
    bare = flow_of(counted(), site(price=None, region=""), START, START + HOUR)
    assert (bare.lacks(Unit.COST), bare.lacks(Unit.CARBON)) == ("no_tariff", "no_grid_factor")
    assert {one.amount.money for one in bare.links if one.source == "main"} == {None}


def test_a_ups_says_its_two_sides_itself() -> None:
    """Where no meter stands before a UPS, what it says of its input does, and is marked as its own reading."""
    plain = site()
    told = msgspec.structs.replace(
        plain,
        devices=[DeviceEntry(name="in-a", profile="ups-rfc1628", address="snmp://127.0.0.1:1161")],
        meters=[meter for meter in plain.meters if meter.device != "in-a"],
    )
    history = counted()
    for phase in ("l1", "l2"):
        key = SeriesKey(SITE, "in-a", f"input/{phase}", "active_power_w")
        history.add(key, [START + i * MINUTE for i in range(61)], [35_000.0] * 61)
    flow = flow_of(history, told, START, START + HOUR)
    link = next(one for one in flow.links if one.target == "in-a:ups_input")
    assert link.amount.energy_j == pytest.approx(70 * J_PER_KWH)
    assert link.own
    assert ribbons(flow)[("ups_input", "loss")] == pytest.approx(4.0)


def test_a_site_without_a_tree_goes_by_roles() -> None:
    """Without feeds the metering points follow each other by their roles."""
    bare = msgspec.structs.replace(site(), feeds=[])
    found = ribbons(flow_of(counted(), bare, START, START + HOUR))
    assert found[("main", "ups_input")] == pytest.approx(70.0)
    assert found[("ups_input", "ups_output")] == pytest.approx(66.0)
    assert found[("it_input", "it")] == pytest.approx(64.0)


def test_what_keeps_a_flow_away() -> None:
    """No supply meter, no reading and a period without a whole step are said, and nothing is drawn."""
    lone = msgspec.structs.replace(site(), meters=[])
    assert flow_of(counted(), lone, START, START + HOUR).reason == "no_facility_meter"
    silent = flow_of(MemoryHistory(), site(), START, START + HOUR)
    assert (silent.reason, silent.links) == ("no_readings", ())
    assert flow_of(counted(), site(), START, START + MINUTE).reason == "too_short"


def test_the_period_before_and_the_file() -> None:
    """Each ribbon knows what it was; the file has a row a ribbon, unrounded."""
    now, was = (flow_of(counted(cool=kwh), site(), START, START + HOUR) for kwh in (22.0, 20.0))
    both = compared(now, was)
    cooling = next(one for one in both.links if one.target == "cooling")
    assert cooling.change(Unit.ENERGY) == pytest.approx(0.1)
    rows = table(both)
    assert tuple(rows[0]) == COLUMNS
    row = next(one for one in rows if one["target"] == "cooling")
    assert float(row["energy_kwh"]) == pytest.approx(22.0)
    assert float(row["before_energy_kwh"]) == pytest.approx(20.0)
