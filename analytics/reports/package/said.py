"""The file of figures as far as it is compared with the readings of its package; a file may say more."""

from __future__ import annotations

import msgspec


class SaidReading(msgspec.Struct, frozen=True, kw_only=True):
    """A reading that a figure names as one of those it was made of."""

    time_ns: int
    value: float


class SaidSource(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure says that one meter gave it."""

    meter: str
    quantity: str
    boundaries: list[SaidReading] = []


class SaidInput(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a figure."""

    sources: list[SaidSource] = []


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A figure as the package states it, from ``start`` to ``end`` (ISO 8601)."""

    kpi: str
    start: str
    end: str
    part: str = ""
    value: float | None = None
    unit: str = ""
    coverage: float = 0.0
    uncertainty: float | None = None
    reason: str = ""
    category: int = 0
    inputs: list[SaidInput] = []


class SaidMonth(msgspec.Struct, frozen=True, kw_only=True):
    """A month as the package states it."""

    name: str
    kpis: list[Said] = []


class SaidPrinted(msgspec.Struct, frozen=True, kw_only=True):
    """A number as it is printed, ``shown`` by language."""

    id: str
    value: float | None = None
    unit: str = ""
    shown: dict[str, str] = {}


class SaidFile(msgspec.Struct, frozen=True, kw_only=True):
    """The file of figures."""

    kpis: list[Said]
    months: list[SaidMonth] = []
    figures: list[SaidPrinted] = []


class SaidSite(msgspec.Struct, frozen=True, kw_only=True):
    """The site as the package states it."""

    name: str
    simulated: bool = False


class SaidHead(msgspec.Struct, frozen=True, kw_only=True):
    """What the file of figures says of its report, and its printed numbers."""

    kind: str
    status: str
    version: int
    masking: str
    start: str
    end: str
    site: SaidSite
    figures: list[SaidPrinted] = []
