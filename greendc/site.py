"""The site file: rooms, racks, devices, what feeds what, and the dated role of every meter.

Which meters make up "facility" and "IT" stands here and never in code. A role, a meter and a factor hold from
``valid_from`` (inclusive) to ``valid_to`` (exclusive), so that a change does not rewrite the figures of the time
before it.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec

from greendc import declared
from greendc.declared import CharacteristicPoint, Design, ServerModel
from greendc.device import NAME_PATTERN, Credential, DeviceEntry, check_devices, resolve_credentials
from greendc.errors import Problem, without_errors
from greendc.flexible import Carbon, Deferrable, SiteBattery, carbon_of, check_flexible
from greendc.mounted import Mounted, check_mounted
from greendc.notifier import Notifier, check_notifiers
from greendc.quantities import quantities
from greendc.toml_source import TomlSource

SCHEMA = 1
ALWAYS, FOREVER = declared.ALWAYS, declared.FOREVER
CENTRE = "centre"
"""The node name of what is read at the centre itself."""
Name = Annotated[str, msgspec.Meta(pattern=NAME_PATTERN)]


class Role(StrEnum):
    """What a meter measures in the site's energy balance.

    The three IT roles are the metering points of PUE categories 1, 2 and 3 (ISO/IEC 30134-2, EN 50600-4-2). A
    `WATER_INPUT` meter counts cubic metres, a `HEAT_REUSE` meter the heat handed off, a `HEAT_REMOVED` meter the heat
    that cooling carries away, a `FUEL` meter cubic metres or kilograms, a `COOLING_IMPORT` meter the heat that bought
    chilled water takes up; all others electricity. `UPS_NON_IT` is what a UPS feeds to pumps and fans.
    """

    FACILITY_INPUT = "facility_input"
    UPS_OUTPUT = "ups_output"
    PDU_OUTPUT = "pdu_output"
    IT_INPUT = "it_input"
    UPS_INPUT = "ups_input"
    UPS_NON_IT = "ups_non_it"
    COOLING = "cooling"
    LIGHTING = "lighting"
    OTHER = "other"
    GENERATION = "generation"
    EXPORT = "export"
    NON_DC = "non_dc"
    STORAGE = "storage"
    WATER_INPUT = "water_input"
    HEAT_REUSE = "heat_reuse"
    HEAT_REMOVED = "heat_removed"
    FUEL = "fuel"
    COOLING_IMPORT = "cooling_import"


COUNTS = {
    Role.WATER_INPUT: ("water_volume_m3", "water_flow_m3_s"),
    Role.HEAT_REUSE: ("heat_energy_j", "heat_power_w"),
    Role.HEAT_REMOVED: ("heat_energy_j", "heat_power_w"),
    Role.FUEL: ("fuel_volume_m3", "fuel_flow_m3_s"),
    Role.COOLING_IMPORT: ("heat_energy_j", "heat_power_w"),
}
"""What is read for a role that does not count electricity, where the entry does not say: register and its rate."""
_ELECTRIC = ("active_energy_j", "active_power_w")


class SiteInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[site]`` table. ``altitude_m`` is metres above sea level; ``simulated`` labels everything that is shown.

    ``standards`` names the limits that figures are judged by, ``energy_factors`` the set of factors for fuels and
    bought cooling, ``equipment_class`` the class that inlet air is judged by; empty takes what is usual.
    """

    name: Name
    title_zh: str = ""
    title_en: str = ""
    timezone: str = "UTC"
    region: str = ""
    altitude_m: float = 0.0
    simulated: bool = False
    standards: str = ""
    energy_factors: str = ""
    equipment_class: Annotated[str, msgspec.Meta(pattern=r"^(|A[1-4]|H1|GB50174)$")] = ""

    def title(self, lang: str) -> str:
        """Return the site's title in a language, its name when it has none."""
        return (self.title_zh if lang == "zh" else self.title_en) or self.name


class Room(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A room of the site."""

    name: Name


class Rack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rack: where it stands (``room``, ``row``, ``position`` from 1), its size (``units``) and ratings [kW], [kg].

    ``front`` says which row of its room its front looks at; between two rows that look at each other is a cold aisle.
    """

    name: Name
    room: str = ""
    module: str = ""
    row: str = ""
    position: int = 0
    units: int = 42
    nominal_kw: float | None = None
    nominal_kg: float | None = None
    front: Annotated[str, msgspec.Meta(pattern="^(|previous|next)$")] = ""


class Feed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the power tree: ``source`` feeds ``target``, by device names."""

    source: str
    target: str


class Meter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A meter and the role it plays for a time.

    ``accuracy_ratio`` is the meter's class as a ratio (class 0.5 is 0.005); ``factor`` multiplies readings (CT and PT
    ratio not set in the device). Energy is read from the counter ``energy`` where the device has one, else power is
    integrated. Meters of water and heat have their own counters (`COUNTS`) unless the entry names others.
    ``renewable`` says that a generation meter counts renewable energy whose attributes the site owns and has retired.
    ``kind`` says what flows: the carrier of a fuel or of bought cooling (``diesel``, ``chilled_water``), ``potable``
    water, ``backup`` generation. ``supplier_factor`` is kWh per kWh of bought cooling. ``module`` is the module of the
    site that a meter serves alone, where its rack does not say so.
    """

    role: Role
    device: str
    part: str = ""
    energy: str = "active_energy_j"
    power: str = "active_power_w"
    factor: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    accuracy_ratio: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.01
    renewable: bool = False
    kind: str = ""
    supplier_factor: Annotated[float, msgspec.Meta(gt=0)] | None = None
    module: str = ""
    valid_from: dt.date = ALWAYS
    valid_to: dt.date = FOREVER

    def __post_init__(self) -> None:
        """Take the register and rate of the role where none is named."""
        for field, usual, own in zip(("energy", "power"), _ELECTRIC, COUNTS.get(self.role, _ELECTRIC), strict=True):
            if getattr(self, field) == usual:
                msgspec.structs.force_setattr(self, field, own)


class EdgeNode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An edge node that is expected to report, and the devices that it reads."""

    name: Name
    title_zh: str = ""
    title_en: str = ""
    devices: list[str] = []


class Renewable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Renewable energy that was bought with its attributes, and retired: ``kwh`` for the days of its validity.

    ``kind`` is ``goo`` (guarantees of origin or green certificates) or ``ppa`` (a supply contract); ISO/IEC 30134-3.
    """

    kind: Annotated[str, msgspec.Meta(pattern=r"^(goo|ppa)$")]
    kwh: Annotated[float, msgspec.Meta(ge=0)]
    valid_from: dt.date
    valid_to: dt.date


class Tariff(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What electricity costs: ``price_per_kwh`` in ``currency`` (ISO 4217), and the ``file`` of the tariff in detail.

    ``options`` are the files of tariffs that the site might choose instead. Paths start at the site file's folder.
    Figures that know no times go on using ``price_per_kwh``.
    """

    currency: str = "CNY"
    price_per_kwh: float
    file: str = ""
    options: tuple[str, ...] = ()


class _Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The top level of the file; entries of lists are converted one by one so that all problems are found at once."""

    schema: int
    site: object
    rooms: list[object] = []
    racks: list[object] = []
    devices: list[object] = []
    mounted: list[object] = []
    feeds: list[object] = []
    meters: list[object] = []
    edge_nodes: list[object] = []
    credentials: dict[str, object] = {}
    tariff: object = None
    carbon: object = None
    battery: object = None
    deferrable: list[object] = []
    renewables: list[object] = []
    design: object = None
    servers: list[object] = []
    characteristic_points: list[object] = []
    declared: dict[str, float] = {}
    notify: list[object] = []


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A whole site, checked: every name that is referred to exists.

    ``declared`` are quantities of the European report that nothing measures, by their code (``PDIT``, ``SDC`` ...).
    """

    info: SiteInfo
    rooms: list[Room] = []
    racks: list[Rack] = []
    devices: list[DeviceEntry] = []
    mounted: list[Mounted] = []
    feeds: list[Feed] = []
    meters: list[Meter] = []
    edge_nodes: list[EdgeNode] = []
    credentials: dict[str, Credential] = {}
    tariff: Tariff | None = None
    carbon: Carbon | None = None
    battery: SiteBattery | None = None
    deferrable: list[Deferrable] = []
    renewables: list[Renewable] = []
    design: Design | None = None
    servers: list[ServerModel] = []
    characteristic_points: list[CharacteristicPoint] = []
    declared: dict[str, float] = {}
    notify: list[Notifier] = []

    @property
    def name(self) -> str:
        """Return the site's name, the ``site`` of its readings."""
        return self.info.name

    def owners(self) -> dict[str, str]:
        """Return which node each device belongs to: `CENTRE` for those read here, else the edge node that lists it."""
        owners = {device.name: CENTRE for device in self.devices}
        for node in self.edge_nodes:
            owners.update(dict.fromkeys((node.name, *node.devices), node.name))
        return owners

    def device(self, name: str) -> DeviceEntry:
        """Return a device by name.

        Raises:
            KeyError: there is none.
        """
        found = next((device for device in self.devices if device.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def meters_of(self, role: Role, day: dt.date) -> list[Meter]:
        """Return the meters that play a role on a day."""
        return [m for m in self.meters if m.role is role and m.valid_from <= day < m.valid_to]

    def zone(self) -> zoneinfo.ZoneInfo:
        """Return the site's time zone."""
        return zoneinfo.ZoneInfo(self.info.timezone)


def read_site(path: Path) -> Site:
    """Read and check a site file.

    Raises:
        ConfigError: with every problem found, each at its line and column.
    """
    return without_errors(*load_site(TomlSource.read(path)))


def load_site(source: TomlSource) -> tuple[Site | None, list[Problem]]:
    """Return the site, or None, and all problems, warnings among them."""
    problems: list[Problem] = []
    head = source.convert(source.data, _Head, "", problems)
    if head is None:
        return None, problems
    if head.schema != SCHEMA:
        problems.append(source.problem("schema", "errors.schema", found=str(head.schema), known=str(SCHEMA)))
    info = source.convert(head.site, SiteInfo, "site", problems)

    site = Site(
        info=info or SiteInfo(name="broken"),
        rooms=source.convert_each(head.rooms, Room, "rooms", problems),
        racks=source.convert_each(head.racks, Rack, "racks", problems),
        devices=source.convert_each(head.devices, DeviceEntry, "devices", problems),
        mounted=source.convert_each(head.mounted, Mounted, "mounted", problems),
        feeds=source.convert_each(head.feeds, Feed, "feeds", problems),
        meters=source.convert_each(head.meters, Meter, "meters", problems),
        edge_nodes=source.convert_each(head.edge_nodes, EdgeNode, "edge_nodes", problems),
        credentials=resolve_credentials(source, head.credentials, problems),
        renewables=source.convert_each(head.renewables, Renewable, "renewables", problems),
        tariff=None if head.tariff is None else _tariff(source, head.tariff, problems),
        carbon=None if head.carbon is None else carbon_of(source, head.carbon, problems),
        battery=None if head.battery is None else source.convert(head.battery, SiteBattery, "battery", problems),
        deferrable=source.convert_each(head.deferrable, Deferrable, "deferrable", problems),
        design=None if head.design is None else source.convert(head.design, Design, "design", problems),
        servers=source.convert_each(head.servers, ServerModel, "servers", problems),
        characteristic_points=source.convert_each(
            head.characteristic_points, CharacteristicPoint, "characteristic_points", problems
        ),
        declared=head.declared,
        notify=source.convert_each(head.notify, Notifier, "notify", problems),
    )
    if not any(problem.level == "error" for problem in problems):
        check_devices(source, site.devices, site.credentials, problems)
        _check_references(source, site, problems)
        check_notifiers(source, site.notify, problems)
    return site, problems


def _tariff(source: TomlSource, value: object, problems: list[Problem]) -> Tariff | None:
    found = source.convert(value, Tariff, "tariff", problems)
    if found is None:
        return None
    folder = Path(source.file).parent
    options = tuple(str(folder / name) for name in found.options)
    return msgspec.structs.replace(found, file=str(folder / found.file) if found.file else "", options=options)


def _check_references(source: TomlSource, site: Site, problems: list[Problem]) -> None:
    try:
        zoneinfo.ZoneInfo(site.info.timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        problems.append(source.problem("site.timezone", "errors.timezone", name=site.info.timezone))
    _check_places(source, site, problems)
    devices = {device.name for device in site.devices}
    for node in site.edge_nodes:
        devices.update((node.name, *node.devices))
    check_flexible(source, site.battery, site.deferrable, devices, problems)
    check_mounted(source, site.mounted, {rack.name: rack.units for rack in site.racks}, devices, problems)
    for i, feed in enumerate(site.feeds):
        for end in ("source", "target"):
            if getattr(feed, end) not in devices:
                where = f"feeds[{i}].{end}"
                problems.append(source.problem(where, "errors.unknown_device", name=getattr(feed, end)))
    for i, meter in enumerate(site.meters):
        _check_meter(source, meter, f"meters[{i}]", devices, problems)
        twin = next((j for j in range(i) if _overlap(site.meters[j], meter)), None)
        if twin is not None:
            line, _ = source.place(f"meters[{twin}]")
            problems.append(source.problem(f"meters[{i}]", "errors.overlap", "errors.overlap_hint", line=str(line)))


def _overlap(one: Meter, other: Meter) -> bool:
    """Tell whether two entries count the same meter twice."""
    same = (one.role, one.device, one.part) == (other.role, other.device, other.part)
    return same and one.valid_from < other.valid_to and other.valid_from < one.valid_to


def _check_places(source: TomlSource, site: Site, problems: list[Problem]) -> None:
    rooms, racks = {room.name for room in site.rooms}, {rack.name for rack in site.racks}
    for i, rack in enumerate(site.racks):
        if rack.room and rack.room not in rooms:
            problems.append(source.problem(f"racks[{i}].room", "errors.unknown_room", name=rack.room))
    for i, device in enumerate(site.devices):
        if device.rack and device.rack not in racks:
            problems.append(source.problem(f"devices[{i}].rack", "errors.unknown_rack", name=device.rack))


def _check_meter(source: TomlSource, meter: Meter, path: str, devices: set[str], problems: list[Problem]) -> None:
    if meter.device not in devices:
        problems.append(source.problem(f"{path}.device", "errors.unknown_device", name=meter.device))
    for field in ("energy", "power"):
        name = getattr(meter, field)
        if name and name not in quantities():
            problems.append(source.problem(f"{path}.{field}", "errors.unknown_quantity", name=name))
    unit = quantities()[COUNTS.get(meter.role, _ELECTRIC)[0]].unit
    known = {unit, "kg"} if meter.role is Role.FUEL else {unit}
    if meter.energy in quantities() and quantities()[meter.energy].unit not in known:
        problems.append(
            source.problem(f"{path}.energy", "errors.wrong_counter", name=meter.energy, role=meter.role, unit=unit)
        )
    if meter.valid_from >= meter.valid_to:
        problems.append(source.problem(f"{path}.valid_to", "errors.empty_period"))
