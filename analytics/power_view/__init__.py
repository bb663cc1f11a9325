"""What the power chain page shows: feeds, UPSs, breakers and racks now, and how close a lost feed would bring each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.alarms.rules.limits import limits
from analytics.overview.figure import State
from analytics.overview.pulse import take_pulse
from analytics.power_view.chain import Box, Chain, Feed, RackPower
from analytics.power_view.loads import Loads, greatest, together
from analytics.power_view.marks import Mark, Marks, marks_of
from analytics.power_view.tree import PowerTree
from greendc.quantities import quantity

if TYPE_CHECKING:
    from analytics.overview.figure import Figure
    from analytics.power_view.tree import Place
    from greendc.contracts import History
    from greendc.site import Site

__all__ = ["Box", "Chain", "Feed", "Mark", "Marks", "RackPower", "chain_of", "greyed", "marks_of"]


def chain_of(history: History, site: Site, now_ns: int) -> Chain:
    """Return the power chain of a site now.

    Raises:
        StoreAway: the store does not answer.
    """
    tree = PowerTree(site)
    loads = Loads(take_pulse(history, site, now_ns), site, tree)
    places = tree.places()
    owner = {device: place.name for place in places for device in place.devices}
    lost = loads.without([name for name, kind in tree.kinds.items() if kind == "ups"])
    racks = []
    for rack in site.racks:
        pdus = [d.name for d in site.devices if d.rack == rack.name and tree.families.get(d.name) == "pdu"]
        if pdus:
            racks.append(loads.rack(rack.name, pdus, rack.nominal_kw))
    feeds = {feed.pdu: feed for rack in racks for feed in rack.feeds}
    return Chain(
        now_ns=now_ns,
        boxes=tuple(_box(loads, place, owner, lost, feeds) for place in places),
        racks=tuple(sorted(racks, key=lambda rack: (-rack.worst, rack.rack))),
        continuous=next(one.limit for one in limits()["breaker_load"].levels if one.kind == "continuous"),
        simple=not site.feeds,
    )


def _box(
    loads: Loads, place: Place, owner: dict[str, str], lost: dict[str, tuple[float, str]], feeds: dict[str, Feed]
) -> Box:
    one = place.devices[0] if len(place.devices) == 1 else ""
    then, without = lost.get(one, (None, ""))
    for feed in (feeds[device] for device in place.devices if device in feeds):
        if feed.then is not None and feed.then > (then or 0.0):
            then, without = feed.then, feed.lost
    uneven = [value for device in place.devices if (value := loads.imbalance(device)) is not None]
    is_ups = place.kind == "ups"
    return Box(
        name=place.name,
        kind=place.kind,
        level=place.level,
        devices=place.devices,
        feeds=tuple(dict.fromkeys(owner[name] for name in place.above)),
        lane=place.lane,
        power=together([loads.power(device) for device in place.devices]),
        load=greatest([loads.load(device) for device in place.devices]),
        then=then,
        lost=without,
        imbalance=max(uneven, default=None),
        runtime=loads.one(one, "battery_runtime_s", "s") if is_ups else None,
        charge=loads.one(one, "battery_charge_ratio", "1") if is_ups or place.kind == "storage" else None,
        source=_state(loads.one(one, "ups_source_state", "1")) if is_ups else "",
    )


def greyed(chain: Chain) -> Chain:
    """Return a chain as it looks when the store is away: known values go stale, the rest stays unknown."""
    return msgspec.structs.replace(
        chain,
        boxes=tuple(
            msgspec.structs.replace(box, power=_stale(box.power), load=_stale(box.load)) for box in chain.boxes
        ),
        racks=tuple(
            msgspec.structs.replace(
                rack,
                power=_stale(rack.power),
                feeds=tuple(
                    msgspec.structs.replace(feed, power=_stale(feed.power), load=_stale(feed.load))
                    for feed in rack.feeds
                ),
            )
            for rack in chain.racks
        ),
    )


def _stale(figure: Figure) -> Figure:
    if figure.value is None:
        return figure
    return msgspec.structs.replace(figure, state=State.STALE, reason="store_away")


def _state(figure: Figure) -> str:
    """Return the name of a UPS's source, nothing where it is not known."""
    return "" if figure.value is None else quantity("ups_source_state").state_name(figure.value)
