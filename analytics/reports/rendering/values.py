"""A report's data as files for programs: JSON with a published schema, and the same rows as CSV."""

from __future__ import annotations

import csv
import io
import math
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from analytics.reports.rendering.characters import guarded, legible
from analytics.reports.rendering.publication import published

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from analytics.reports.document import Document
    from analytics.reports.facts import Facts
    from analytics.reports.rendering.published import PublishedEuValue, PublishedKpi, PublishedReport

SCHEMA_FILE = "report.schema.json"
BOM = "\ufeff"
"""Without it, a spreadsheet in a Chinese Windows takes UTF-8 for GBK."""
COLUMNS = (
    *("record", "id", "part", "label_zh", "label_en", "start", "end", "value", "unit", "shown_zh", "shown_en"),
    *("coverage", "uncertainty", "category", "origin", "provisional", "reason", "method", "standard", "sha256"),
)
"""Columns of the CSV; ``record`` is kpi, kpi_input, month, month_input, baseline, baseline_input, eu or figure."""


def schema() -> bytes:
    """Return the JSON Schema that ``figures.json`` keeps to."""
    return files("analytics.reports.rendering").joinpath(SCHEMA_FILE).read_bytes()


def figures_json(facts: Facts, documents: Mapping[str, Document]) -> bytes:
    """Return a report's data as JSON, unrounded, the same bytes for the same report.

    Raises:
        ValueError: the documents do not print the same numbers.
    """
    data = _cleaned(msgspec.to_builtins(published(facts, documents)))
    return msgspec.json.format(msgspec.json.encode(data), indent=1) + b"\n"


def figures_csv(facts: Facts, documents: Mapping[str, Document]) -> bytes:
    """Return a report's figures as CSV (RFC 4180) in UTF-8 with a byte order mark, unrounded; empty is not known.

    An apostrophe stands before a text that a spreadsheet would take for a formula.

    Raises:
        ValueError: the documents do not print the same numbers.
    """
    made = io.StringIO(newline="")
    writer = csv.DictWriter(made, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(published(facts, documents)):
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return (BOM + made.getvalue()).encode()


def _rows(report: PublishedReport) -> Iterator[dict[str, object]]:
    yield from _kpis("kpi", "", report.kpis)
    for month in report.months:
        yield from _kpis("month", month.name, month.kpis)
    if report.baseline is not None:
        yield from _kpis("baseline", "", report.baseline.kpis)
        declared = report.baseline.declared.items()
        yield from (
            {"record": "baseline", "id": name, "value": value, "origin": "declared"} for name, value in declared
        )
    for one in (*report.eu.quantities, *report.eu.indicators):
        yield _eu(report, one)
    for figure in report.figures:
        shown = {f"shown_{lang}": text for lang, text in figure.shown.items()}
        labels = {f"label_{lang}": text for lang, text in figure.label.items()}
        yield {"record": "figure", "id": figure.id, "value": figure.value, "unit": figure.unit, **shown, **labels}


def _kpis(record: str, month: str, kpis: Sequence[PublishedKpi]) -> Iterator[dict[str, object]]:
    for one in kpis:
        same = {"id": f"{month}.{one.kpi}" if month else one.kpi, "start": one.start, "end": one.end}
        yield {
            **same,
            "record": record,
            "part": one.part,
            "label_en": one.label,
            "value": one.value,
            "unit": one.unit,
            "coverage": one.coverage,
            "uncertainty": one.uncertainty,
            "category": one.category or None,
            "provisional": one.provisional,
            "reason": one.reason,
            "method": one.method,
            "standard": one.standard,
            "sha256": one.data_sha256,
        }
        for side in one.inputs:
            yield {
                **same,
                "record": f"{record}_input",
                "part": f"{one.part}/{side.role}" if one.part else side.role,
                "value": side.amount,
                "unit": side.unit,
                "coverage": side.coverage,
                "uncertainty": side.uncertainty,
                "method": side.method,
            }


def _eu(report: PublishedReport, one: PublishedEuValue) -> dict[str, object]:
    return {
        "record": "eu",
        "id": one.id,
        "label_en": one.code,
        "start": report.start,
        "end": report.end,
        "value": one.value,
        "unit": one.unit,
        "coverage": one.coverage if one.origin == "metered" else None,
        "category": one.category or None,
        "origin": one.origin,
        "reason": one.reason,
    }


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return repr(value) if math.isfinite(value) else ""
        case int():
            return str(value)
        case _:
            return guarded(str(value))


def _cleaned(value: object) -> object:
    """Return data whose texts can be read and written anywhere."""
    match value:
        case str():
            return legible(value)
        case dict():
            return {legible(str(key)): _cleaned(one) for key, one in value.items()}
        case list() | tuple():
            return [_cleaned(one) for one in value]
        case _:
            return value
