"""The published form of a report's data, version `SCHEMA`: what ``figures.json`` holds and its JSON Schema describes.

It is kept apart from what the product works with, so that a change there does not change what readers rely on. A change
here that a reader of an earlier version would trip over is a new version.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Literal

import msgspec

from analytics.reports.rendering.printed import PrintedFigure
from analytics.reports.request import Masking, ReportKind

SCHEMA: Literal[2] = 2
SCHEMA_ID = f"urn:greendc:report:{SCHEMA}"
Version = Literal[2]
Instant = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class PublishedSite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The site, as far as the readers of this report may know it. ``simulated`` inputs are no evidence."""

    name: str
    title_zh: str
    title_en: str
    timezone: str
    region: str
    simulated: bool


class PublishedConfiguration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the figures were computed with: hashes of the site's tables and of data files, by name."""

    software: str
    standards: str
    parts: dict[str, str]
    sha256: Hash


class PublishedReading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a meter showed, in its stored unit and before its factor; the time is UTC in nanoseconds since 1970."""

    time_ns: int
    value: float


class PublishedSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one meter gave in [start, end): accuracy and coverage are shares, the hash is of all its values.

    ``boundaries`` are its readings at the ends of the period and of gaps; a public report and months have none.
    """

    meter: str
    role: str
    quantity: str
    method: str
    factor: float
    accuracy: float
    start: Instant
    end: Instant
    coverage: float
    values: int
    sha256: Hash
    boundaries: list[PublishedReading]


class PublishedInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One side of a figure: what meters counted together, in kWh or m3, null where it is not known."""

    role: str
    meters: list[str]
    amount: float | None
    unit: Literal["kWh", "m3"]
    coverage: float
    method: str
    uncertainty: float | None
    resets: int
    gaps: int
    sources: list[PublishedSource]


class PublishedRemark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that a reader of a figure must know, by its code."""

    code: str
    params: dict[str, str]


class PublishedJudgement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A figure beside a limit, in the figure's unit. ``met`` is what the value alone would say."""

    limit: str
    standard: str
    source: str
    confidence: str
    grades: list[float]
    most: float | None
    least: float | None
    verdict: str
    grade: int
    met: bool | None


class PublishedKpi(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A figure of a period in its stored unit (UCUM): a value, or null with the reason; nothing is estimated.

    ``coverage`` is the share of the period in which all inputs are known at once; below 0.95 a value is provisional.
    ``uncertainty`` is relative.
    """

    kpi: str
    part: str
    label: str
    value: float | None
    unit: str
    start: Instant
    end: Instant
    category: int
    coverage: float
    uncertainty: float | None
    provisional: bool
    reason: str
    method: str
    standard: str
    inputs: list[PublishedInput]
    remarks: list[PublishedRemark]
    judgements: list[PublishedJudgement]
    data_sha256: Hash | None
    sha256: Hash | None


class PublishedMonth(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A calendar month, cut to the period."""

    name: str
    start: Instant
    end: Instant
    kpis: list[PublishedKpi]


class PublishedBaseline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the period is compared with, from the first to the last day: measured figures, and declared ones by key."""

    first: dt.date
    last: dt.date
    kpis: list[PublishedKpi]
    declared: dict[str, float]


class PublishedPromise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a target said before it was changed. ``changed`` says why it was no longer the plan, empty for the plan."""

    most: float | None
    least: float | None
    by: dt.date
    author: str
    date: dt.date
    changed: str


class PublishedTarget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A promise of the construction plan as it stands now, declared, in the figure's printed unit.

    ``before`` is what it said earlier, the plan first; empty where the plan still stands.
    """

    kpi: str
    part: str
    most: float | None
    least: float | None
    by: dt.date
    author: str
    date: dt.date
    changed: str
    before: list[PublishedPromise]


class PublishedReference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The baseline as declared: the days from ``first`` to ``last``, figures by key in their printed unit, and source.

    ``before`` is what it said earlier, the first one first; what is earlier has none itself.
    """

    first: dt.date
    last: dt.date
    author: str
    date: dt.date
    values: dict[str, float]
    source: str
    changed: str
    before: list[PublishedReference]


class PublishedAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A remark of the mid-term evaluation and the answer, declared."""

    remark: str
    date: dt.date
    answer: str
    answered_by: str
    answered_on: dt.date | None


class PublishedCommitments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was promised. ``mid_term`` is the day of the mid-term evaluation.

    Monthly and EU reports have no free texts: plan and source are empty, a reason of a change is a dash. Remarks stand
    in acceptance reports only.
    """

    industry: str
    plan: str
    mid_term: dt.date | None
    baseline: PublishedReference | None
    targets: list[PublishedTarget]
    remarks: list[PublishedAnswer]


class PublishedText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person wrote about an aspect of the guide: declared, never evidence; not in monthly and EU reports."""

    aspect: str
    author: str
    date: dt.date
    zh: str
    en: str


class PublishedEuValue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A quantity or an indicator in the regulation's unit, null with the reason. ``id`` is unique, ``code`` is not."""

    id: str
    code: str
    value: float | None
    unit: str
    origin: Literal["metered", "declared"]
    coverage: float
    category: int
    reason: str


class PublishedEu(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The quantities and indicators of Regulation (EU) 2024/1364."""

    source: str
    quantities: list[PublishedEuValue]
    indicators: list[PublishedEuValue]


class PublishedAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Readings of one edge node: what it sampled and where they went."""

    node: str
    sampled: int
    stored: int
    spooled: int
    quarantined: int
    dropped: int
    lost: int


class PublishedAlarms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many alarms came and went in the period, and how many were open at its end."""

    raised: int
    cleared: int
    open: int


class PublishedExchange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An exchange of a meter as a person recorded it: registers in their stored unit, declared.

    A public report tells its ``month`` alone: times and registers are null.
    """

    device: str
    part: str
    quantity: str
    unit: str
    month: str
    time: Instant | None
    old_final: float | None
    new_initial: float | None
    reason: str
    by: str
    recorded: Instant | None


class PublishedDay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the data of a day was judged: the site's mean in each dimension of GB/T 36344, null where nothing tells."""

    date: str
    over: bool
    findings: int
    scores: dict[str, float | None]


class PublishedReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of a report's data. Times are ISO 8601 in UTC; the period is [start, end).

    ``figures`` are the numbers that the report prints, in their printed unit: the same in print, page and workbook.
    """

    schema: Version
    kind: ReportKind
    status: Literal["draft", "final"]
    version: int
    masking: Masking
    languages: list[str]
    site: PublishedSite
    start: Instant
    end: Instant
    software: str
    command: str
    configuration: PublishedConfiguration
    kpis: list[PublishedKpi]
    months: list[PublishedMonth]
    baseline: PublishedBaseline | None
    commitments: PublishedCommitments | None
    declared: list[PublishedText]
    eu: PublishedEu
    account: list[PublishedAccount]
    alarms: PublishedAlarms
    quality: list[PublishedDay]
    exchanges: list[PublishedExchange]
    figures: list[PrintedFigure]


def schema_json() -> bytes:
    """Return the JSON Schema (draft 2020-12) of `PublishedReport`, as ``report.schema.json`` holds it."""
    made = _described(msgspec.json.schema(PublishedReport))
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, "title": "greendc report"}
    return (json.dumps({**head, **made}, indent=1, ensure_ascii=False) + "\n").encode()


def _described(schema: dict[str, object]) -> dict[str, object]:
    """Return a schema whose descriptions are lines of text, not docstrings with their indent."""
    found: dict[str, object] = {}
    for key, value in schema.items():
        if key == "description" and isinstance(value, str):
            found[key] = " ".join(value.split())
        else:
            found[key] = _described(value) if isinstance(value, dict) else value
    return found
