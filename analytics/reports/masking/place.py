"""A site with numbers for names, made to be reported on; nothing can be collected with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from greendc.device import Credential
from greendc.settings import Secret

if TYPE_CHECKING:
    from analytics.reports.masking.names import Names
    from greendc.device import DeviceEntry
    from greendc.site import Meter, Rack, Site


_HIDDEN = Secret("hidden")
"""It stands for a passphrase: that there is one is counted."""


def masked_site(site: Site, names: Names) -> Site:
    """Return the site as a reader may see it: what is measured and how things stand to each other is as it was.

    Addresses and channels of notification are left out: no figure depends on them. Of credentials, which are counted,
    the kind and the algorithms that are in use stay.
    """
    called = names.of_name
    own = site.name in names.masks
    titles = {"title_zh": "", "title_en": ""} if own else {}
    return replace(
        site,
        info=replace(site.info, name=called(site.name), **titles),
        rooms=[replace(room, name=called(room.name)) for room in site.rooms],
        racks=[_rack(rack, names) for rack in site.racks],
        devices=[_device(device, names) for device in site.devices],
        mounted=[
            replace(
                one, name=called(one.name), rack=called(one.rack), title="", power=[names.in_name(p) for p in one.power]
            )
            for one in site.mounted
        ],
        feeds=[replace(feed, source=called(feed.source), target=called(feed.target)) for feed in site.feeds],
        meters=[_meter(meter, names) for meter in site.meters],
        edge_nodes=[
            replace(node, name=called(node.name), title_zh="", title_en="", devices=[called(d) for d in node.devices])
            for node in site.edge_nodes
        ],
        credentials={called(name): _credential(one) for name, one in site.credentials.items()},
        battery=None if site.battery is None else replace(site.battery, device=called(site.battery.device)),
        deferrable=[
            replace(task, name=called(task.name), device=called(task.device), part=called(task.part))
            for task in site.deferrable
        ],
        notify=[],
    )


def _rack(rack: Rack, names: Names) -> Rack:
    called = names.of_name
    return replace(
        rack, name=called(rack.name), room=called(rack.room), module=called(rack.module), row=called(rack.row)
    )


def _device(device: DeviceEntry, names: Names) -> DeviceEntry:
    called = names.of_name
    scheme = device.address.partition("://")[0]
    return replace(
        device,
        name=called(device.name),
        address=f"{scheme}://" if scheme == "host" else f"{scheme}://{called(device.name)}",
        credential=called(device.credential),
        rack=called(device.rack),
        heights={called(part): height for part, height in device.heights.items()},
    )


def _credential(one: Credential) -> Credential:
    """Return how strong a credential is, without its user and with nothing secret in it."""
    kept = Credential(kind=one.kind)
    return replace(kept, privacy_protocol=one.privacy_protocol, privacy=_HIDDEN) if one.encrypts else kept


def _meter(meter: Meter, names: Names) -> Meter:
    called = names.of_name
    return replace(meter, device=called(meter.device), part=called(meter.part), module=called(meter.module))
