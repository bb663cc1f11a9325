"""Device families as data: one TOML file per profile beside this module.

A profile says how a family is recognised, which OIDs or registers it has, and what each means: quantity, part, raw
type, unit, scale, the raw values that mean "not available", and the state behind each code. Code knows no vendor. The
form is `Profile`.
"""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Annotated

import msgspec

from greendc.quantities import Kind, quantities
from greendc.units import UNITS, to_stored

SCHEMA = 1
SLOW_EVERY = 10
"""Points of the slow tier are read each tenth time."""
Oid = Annotated[str, msgspec.Meta(pattern=r"^1(\.\d+)+$")]


Register = Annotated[int, msgspec.Meta(ge=0, le=65_535)]


class Raw(StrEnum):
    """The type of the raw value. SNMP integers come without their type on the wire, so the profile says it."""

    INT = "int"
    UINT = "uint"
    COUNTER32 = "counter32"
    COUNTER64 = "counter64"
    TICKS = "ticks"
    TEXT = "text"
    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"
    INT64 = "int64"
    UINT64 = "uint64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"


WORDS = {
    Raw.INT16: 1,
    Raw.UINT16: 1,
    Raw.INT32: 2,
    Raw.UINT32: 2,
    Raw.FLOAT32: 2,
    Raw.INT64: 4,
    Raw.UINT64: 4,
    Raw.FLOAT64: 4,
}


class Point(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that can be read.

    SNMP: ``oid`` is a scalar's full OID (with its ``.0``), ``table`` a column whose rows are walked. Modbus:
    ``register`` is the 0-based address of the first word; ``sf`` is that of a signed 16-bit power of ten by which the
    raw value is multiplied, as in SunSpec, and which is read in the same request. ``part`` may hold ``{0}``, ``{1}``
    ... for the components of a table row's index, or ``{label}`` for the text that the column ``label`` holds in the
    same row.
    ``stored = (raw * scale + offset) unit``, converted to the quantity's unit.
    ``only`` limits a table's rows by their index (regular expression, whole match).
    ``when`` and ``when_in``: the row counts only if the raw value of ``when`` is one of ``when_in``.
    ``present``: the row's value counts as "not available" unless the raw value of ``present`` is 1.
    ``terms`` are added to the raw value first, each times its factor; then it is multiplied by the value of ``times``.
    ``zero_with``: a raw 0 is believed only if the raw value of ``zero_with`` is one of ``zero_in`` (0 itself, unless it
    says otherwise); some makers send 0 for what they do not measure.
    ``at_most`` and ``at_least``: the raw value, with its ``terms``, is out of range beyond the raw value of the other.
    ``up_to``: rows that read 0 or nothing do not exist if the first number of their index is above its value; some
    agents fill up the phases that a device does not have. Row 1 always counts.
    These companions are columns of the same row, or scalars (ending in ``.0``).
    ``missing`` lists raw values that mean "not available"; ``low`` and ``high`` bound the stored value more tightly
    than the data dictionary. ``states`` maps raw codes (as text) to names of the quantity's states. ``modulus`` is the
    raw value at which a counter starts again at 0, if it is not the width of ``raw``. ``tier = "slow"`` is read each
    tenth time only.
    """

    quantity: str
    part: str = ""
    oid: Oid | None = None
    table: Oid | None = None
    label: Oid | None = None
    only: str = ""
    when: Oid | None = None
    when_in: list[str] = []
    present: Oid | None = None
    times: Oid | None = None
    terms: dict[Oid, float] = {}
    zero_with: Oid | None = None
    zero_in: tuple[float, ...] = (0,)
    at_most: Oid | None = None
    at_least: Oid | None = None
    up_to: Oid | None = None
    register: Register | None = None
    sf: Register | None = None
    raw: Raw = Raw.INT
    unit: str = "1"
    scale: float = 1.0
    offset: float = 0.0
    missing: list[float] = []
    low: float | None = None
    high: float | None = None
    states: dict[str, str] = {}
    modulus: float | None = None
    tier: str = "normal"
    note: str = ""

    def companions(self) -> list[str]:
        """Return the OIDs of the other objects that the point's value depends on."""
        bounds = (self.zero_with, self.at_most, self.at_least, self.up_to)
        return [oid for oid in (self.when, self.present, self.times, *bounds, *self.terms) if oid is not None]

    @property
    def varies(self) -> bool:
        """Tell whether a device decides by itself what one raw step is worth, so that the profile cannot say."""
        return self.sf is not None or self.times is not None

    def span(self) -> tuple[int, int]:
        """Return the first register that the value needs, and the one behind its last; (0, 0) without registers."""
        if self.register is None:
            return 0, 0
        first, end = self.register, self.register + WORDS[self.raw]
        return (first, end) if self.sf is None else (min(first, self.sf), max(end, self.sf + 1))

    def stored(self, raw: float) -> float:
        """Return a raw number in the quantity's stored unit."""
        return to_stored(raw * self.scale + self.offset, self.unit)


class ModbusMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to read the registers.

    ``order`` is the byte order of 32-bit values as makers write it: ABCD, CDAB, BADC or DCBA.
    """

    function: Annotated[int, msgspec.Meta(ge=3, le=4)]
    order: str = "ABCD"
    max_words: Annotated[int, msgspec.Meta(ge=1, le=125)] = 125
    max_gap: int = 16


class Match(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How SNMP devices of the family are recognised.

    ``probes`` are OIDs of which at least one must have an instance below it: sysObjectID says too little (one for many
    families of a maker) or something else (that of the card's software), so probes decide where there are any.
    ``object_ids`` are prefixes of sysObjectID; they mark a maker's own profile, and decide where there are no probes.
    ``says`` gives, by OID, a regular expression that the first text below that OID must match from its beginning.
    ``instead_of`` names general profiles that would read this family wrongly, and that are not used when this one fits.
    """

    object_ids: list[str] = []
    probes: list[Oid] = []
    says: dict[Oid, str] = {}
    instead_of: list[str] = []


class Identity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """OIDs of texts that identify the unit; a prefix's first instance counts."""

    model: Oid | None = None
    serial: Oid | None = None
    firmware: Oid | None = None


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device family. ``sources`` name the public documents the map was written from."""

    schema: int
    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    version: int
    protocol: Annotated[str, msgspec.Meta(pattern=r"^(snmp|modbus|host)$")]
    kind: str
    maker: str
    title: str
    sources: list[str]
    points: list[Point]
    match: Match = Match()
    identity: Identity = Identity()
    modbus: ModbusMap | None = None


@cache
def profile_names() -> tuple[str, ...]:
    """Return the names of all profiles, sorted."""
    entries = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in entries if name.endswith(".toml")))


@cache
def profile(name: str) -> Profile:
    """Return a profile.

    Raises:
        KeyError: there is no profile of this name.
        msgspec.ValidationError: the file is not a profile.
    """
    if name not in profile_names():
        raise KeyError(name)
    text = files(__name__).joinpath(f"{name}.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Profile)


def profiles() -> list[Profile]:
    """Return every profile."""
    return [profile(name) for name in profile_names()]


def lint(candidate: Profile) -> list[str]:
    """Return what is wrong with a profile, one sentence each; an empty list when nothing is."""
    said: list[str] = []
    if candidate.schema != SCHEMA:
        said.append(f"schema {candidate.schema} is not {SCHEMA}")
    if not candidate.sources:
        said.append("names no source")
    if candidate.protocol == "modbus" and candidate.modbus is None:
        said.append("a Modbus profile needs a [modbus] table")
    for i, point in enumerate(candidate.points):
        said.extend(f"points[{i}] ({point.quantity}): {what}" for what in _lint_point(candidate, point))
    return said + _lint_match(candidate.match) + _lint_doubles(candidate) + _lint_overlaps(candidate)


def _lint_match(match: Match) -> list[str]:
    said = [f"instead_of names no profile: {name}" for name in match.instead_of if name not in profile_names()]
    for wanted in match.says.values():
        try:
            re.compile(wanted)
        except re.error as error:
            said.append(f"{wanted} is no regular expression: {error}")
    return said


def _lint_point(candidate: Profile, point: Point) -> list[str]:
    known = quantities().get(point.quantity)
    if known is None:
        return ["unknown quantity"]
    said = []
    if point.unit not in UNITS:
        said.append(f"unknown unit {point.unit}")
    elif UNITS[point.unit].stored != known.unit and known.kind is not Kind.STATE:
        said.append(f"{point.unit} is not a unit of {known.unit}")
    places = [place for place in (point.oid, point.table, point.register) if place is not None]
    if candidate.protocol != "host" and len(places) != 1:
        said.append("needs exactly one of oid, table, register")
    if known.kind is Kind.STATE and not point.states:
        said.append("a state needs its codes")
    said.extend(f"{name} is no state of it" for name in point.states.values() if name not in known.states)
    if point.scale == 0:
        said.append("scale 0")
    return said + _lint_register(candidate, point) + _lint_snmp(point)


def _lint_register(candidate: Profile, point: Point) -> list[str]:
    said = []
    if (point.register is not None) != (candidate.protocol == "modbus"):
        said.append("register belongs to Modbus, oid and table to SNMP")
    if point.register is not None and point.raw not in WORDS:
        said.append(f"{point.raw} is not a type of registers")
    elif candidate.modbus is not None and point.span()[1] - point.span()[0] > candidate.modbus.max_words:
        said.append("the scale factor is too far away to be read with it")
    if point.sf is not None and (point.register is None or point.states):
        said.append("sf belongs to a number in registers")
    return said


def _lint_snmp(point: Point) -> list[str]:
    said = []
    if point.table and not re.search(r"\{(\d|label)\}", point.part) and len(point.when_in) != 1:
        said.append("rows of a table need {0} or {label} in part, or one value in when_in")
    if point.table and "{label}" in point.part and point.label is None:
        said.append("part asks for a label, and no column holds it")
    if (point.when is None) != (not point.when_in):
        said.append("when and when_in belong together")
    if point.table and point.table.endswith(".0"):
        said.append("a column does not end in .0")
    companions = point.companions()
    if point.zero_with is None and point.zero_in != (0,):
        said.append("zero_in says nothing without zero_with")
    if point.register is not None and companions:
        said.append("companions belong to SNMP")
    if point.oid and any(not c.endswith(".0") for c in companions):
        said.append("companions of a scalar end in .0")
    return said


def _lint_doubles(candidate: Profile) -> list[str]:
    said: list[str] = []
    places: set[tuple[str, ...]] = set()
    names: set[tuple[str, str, str]] = set()
    for point in candidate.points:
        place = (str(point.oid or point.table or point.register), point.only, *point.when_in, *point.terms)
        if place in places and candidate.protocol != "host":
            said.append(f"{place[0]} has two names")
        places.add(place)
        name = (point.quantity, point.part, point.only + "|".join(point.when_in))
        if name in names:
            said.append(f"{point.quantity} of {point.part or 'the device'} is defined twice")
        names.add(name)
    return said


def _lint_overlaps(candidate: Profile) -> list[str]:
    spans = sorted(
        (point.register, point.register + WORDS[point.raw], point.quantity)
        for point in candidate.points
        if point.register is not None and point.raw in WORDS
    )
    factors = {point.sf for point in candidate.points if point.sf is not None}
    spans = sorted([*spans, *((at, at + 1, "a scale factor") for at in factors)])
    return [f"registers of {a[2]} ({a[0]}) and {b[2]} ({b[0]}) overlap" for a, b in pairwise(spans) if b[0] < a[1]]
