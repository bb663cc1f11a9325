"""Packages of centres for tests of their comparison: data by the published schema, sealed and put into folders."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from analytics.reports.package.inputs import inputs_of
from analytics.reports.package.manifest import manifest_of, sealed
from analytics.reports.package.recompute import FIGURES
from analytics.reports.package.registers import registers_of
from analytics.reports.rendering.published import PublishedReport
from analytics.reports.rendering.values import figures_json
from analytics.reports.sections import document
from tests.analytics.reports import report_facts
from tests.analytics.reports.packed import written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analytics.reports.package.manifest import Manifest


@cache
def _made() -> tuple[Manifest, dict[str, bytes]]:
    facts, site, history = report_facts.facts(), report_facts.site(), report_facts.history()
    documents = {"en": document(facts, "en")}
    files = {FIGURES: figures_json(facts, documents), **registers_of(facts, history, site)}
    return manifest_of(facts, inputs_of(history, site, facts)), files


def same(report: PublishedReport) -> PublishedReport:
    """Return a report as it is."""
    return report


def package(
    folder: Path,
    change: Callable[[PublishedReport], PublishedReport] = same,
    *,
    site: str = "",
    masking: str = "public",
    version: int = 1,
    readings: bool = False,
    **more: str,
) -> Path:
    """Put a package into a folder; ``change`` is made to its data, ``more`` to its manifest.

    A public one has no readings, so that any data can stand in it.
    """
    manifest, files = _made()
    report = msgspec.json.decode(files[FIGURES], type=PublishedReport)
    data = msgspec.to_builtins(change(report))
    data["masking"], data["version"] = masking, version
    if site:
        data["site"]["name"] = site
    content = {FIGURES: msgspec.json.encode(data)}
    if readings:
        content = {**files, **content}
    manifest = msgspec.structs.replace(manifest, masking=masking, site=site or manifest.site, version=version, **more)
    return written(folder, sealed(manifest, content, None))


def renamed(name: str, category: int = 0, pue: float | None = None) -> Callable[[PublishedReport], PublishedReport]:
    """Return a change that gives the centre a name, and its PUE a category and a value."""

    def change(report: PublishedReport) -> PublishedReport:
        site = msgspec.structs.replace(report.site, title_zh=name, title_en=name)
        kpis = [
            msgspec.structs.replace(
                one,
                category=category or one.category,
                value=pue if pue is not None else one.value,
                coverage=0.99 if pue is not None else one.coverage,
                uncertainty=0.01 if pue is not None else one.uncertainty,
                provisional=one.provisional if pue is None else False,
                reason="" if pue is not None else one.reason,
            )
            if one.kpi == "pue"
            else one
            for one in report.kpis
        ]
        return msgspec.structs.replace(report, site=site, kpis=kpis)

    return change
