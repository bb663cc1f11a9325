"""One package as an evaluator opens it: what verification says of it and, only where it is sound, what it states."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec

from analytics.kpis import KPIS
from analytics.reports.commitments import Target
from analytics.reports.facts import Comparison
from analytics.reports.package.finding import ERROR, Finding, error
from analytics.reports.package.folder import content_of
from analytics.reports.package.manifest import MANIFEST, Manifest, digest
from analytics.reports.package.readings import REGISTERS
from analytics.reports.package.recompute import FIGURES
from analytics.reports.package.verify import read_manifest, verify
from analytics.reports.rendering.published import PublishedKpi, PublishedReport
from analytics.reports.request import Masking
from analytics.reports.sections.verdict import Promise, promise
from analytics.result import Input, KpiResult, Remark
from greendc.clock import from_iso
from greendc.display import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.reports.facts import Facts

NAME_LENGTH = 60
MOST_FIGURES = 2_000
CATEGORIES = range(4)
_UNITS = {kpi.key: kpi.unit for kpi in KPIS}


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """What a sound package states: its data, its figures and its promises with how they stand."""

    report: PublishedReport
    results: tuple[KpiResult, ...]
    promises: tuple[Promise, ...]


class Centre(msgspec.Struct, frozen=True, kw_only=True):
    """One package. ``number`` is its place on the command line; ``stated`` is None where it failed verification.

    ``recomputed`` says whether its figures were computed again from its own readings.
    """

    number: int
    folder: str
    findings: tuple[Finding, ...]
    manifest: Manifest | None = None
    sha256: str = ""
    stated: Stated | None = None
    recomputed: bool = False

    @property
    def errors(self) -> list[Finding]:
        """Return why the package failed."""
        return [one for one in self.findings if one.level == ERROR]

    @property
    def category(self) -> int:
        """Return where its IT energy was metered (1 to 3), 0 where nothing tells."""
        results = () if self.stated is None else self.stated.results
        found = [one.category for one in results if one.category]
        return next((one.category for one in results if one.kpi == "pue" and one.category), min(found, default=0))

    def name(self, lang: str) -> str:
        """Return what the centre is called in tables: always with its number, for names may be alike."""
        return f"{self.number} · {self.title(lang)}"

    def title(self, lang: str) -> str:
        """Return the centre's name, as far as its package gives one."""
        title = ""
        if self.stated is not None:
            site = self.stated.report.site
            title = (site.title_zh if lang == "zh" else site.title_en) or site.name
        return one_line(title, NAME_LENGTH) or self.folder


def opened(folder: Path, number: int) -> Centre:
    """Return a package after verifying it and computing its figures again; nothing but the folder is read.

    A public package holds no readings and is verified without them.
    """
    name = one_line(folder.resolve().name, NAME_LENGTH)
    try:
        manifest = read_manifest(folder)
        if not isinstance(manifest, Manifest):
            findings = verify(folder)
            return Centre(number=number, folder=name, findings=tuple(findings or [error("first_schema", MANIFEST)]))
        recompute = REGISTERS in manifest.files or manifest.masking != Masking.PUBLIC.value
        findings = verify(folder, recompute=recompute)
        body = content_of(folder, MANIFEST) or b""
    except OSError as problem:
        why = one_line(problem.strerror or str(problem))
        return Centre(number=number, folder=name, findings=(error("unreadable_folder", name, why=why),))
    stated = None
    if not any(one.level == ERROR for one in findings):
        content = content_of(folder, FIGURES)
        # Read again after verification, so it must still be what was verified.
        if content is not None and digest(content) == manifest.files.get(FIGURES):
            stated = stated_in(content, manifest)
        if stated is None:
            findings = [*findings, error("unreadable_figures", FIGURES)]
    return Centre(
        number=number,
        folder=name,
        findings=tuple(findings),
        manifest=manifest,
        sha256=digest(body),
        stated=stated,
        recomputed=recompute and stated is not None,
    )


def stated_in(content: bytes, manifest: Manifest) -> Stated | None:
    """Return what a file of figures states, None where it is none or is not the one that the manifest tells of."""
    try:
        report = msgspec.json.decode(content, type=PublishedReport)
        if len(report.kpis) > MOST_FIGURES:
            return None
        results = tuple(result_of(one) for one in report.kpis if one.kpi in _UNITS)
        before = () if report.baseline is None else report.baseline.kpis
        earlier = tuple(result_of(one) for one in before if one.kpi in _UNITS)
        same = (report.kind.value, report.site.name, report.status, report.masking.value) == (
            manifest.kind,
            manifest.site,
            manifest.status,
            manifest.masking,
        )
        same = same and from_iso(report.start) == from_iso(manifest.start)
        same = same and from_iso(report.end) == from_iso(manifest.end)
    except (ValueError, RecursionError, OverflowError):
        return None
    if not same or report.site.simulated != manifest.simulated:
        return None
    return Stated(report=report, results=results, promises=_promises(report, results, earlier))


def result_of(one: PublishedKpi) -> KpiResult:
    """Return a published figure as this software knows figures.

    Raises:
        ValueError: its unit, category, shares or times are none that such a figure has.
    """
    start_ns, end_ns = from_iso(one.start), from_iso(one.end)
    uncertain = one.uncertainty is not None and not 0 <= one.uncertainty <= 1
    if one.unit != _UNITS[one.kpi] or one.category not in CATEGORIES or not 0 <= one.coverage <= 1 or uncertain:
        message = f"{one.kpi} is stated as no such figure can be"
        raise ValueError(message)
    return KpiResult(
        kpi=one.kpi,
        part=one_line(one.part, NAME_LENGTH),
        label=one_line(one.label, NAME_LENGTH),
        value=one.value,
        unit=one.unit,
        start_ns=start_ns,
        end_ns=end_ns,
        category=one.category,
        coverage=one.coverage,
        uncertainty=one.uncertainty,
        reason=one.reason,
        method=one.method,
        provisional=one.provisional,
        standard=one_line(one.standard, NAME_LENGTH),
        inputs=tuple(
            Input(
                role=side.role,
                meters=tuple(side.meters),
                energy_j=None,
                coverage=side.coverage,
                method=side.method,
                uncertainty=side.uncertainty,
            )
            for side in one.inputs
        ),
        remarks=tuple(Remark(code=remark.code, params=remark.params) for remark in one.remarks),
    )


class _Told:
    """As much of a report's facts as its promises are judged by."""

    def __init__(self, results: tuple[KpiResult, ...], baseline: Comparison | None) -> None:
        self._results = results
        self.baseline = baseline

    def figure(self, kpi: str, part: str = "") -> KpiResult | None:
        return next((one for one in self._results if (one.kpi, one.part) == (kpi, part)), None)


def _promises(
    report: PublishedReport, results: tuple[KpiResult, ...], earlier: tuple[KpiResult, ...]
) -> tuple[Promise, ...]:
    if report.commitments is None:
        return ()
    baseline = report.baseline
    before = None if baseline is None else Comparison(start=baseline.first, end=baseline.last, figures=earlier)
    # Judged here once more by the report's own rule, not by what the package says of itself.
    facts = cast("Facts", _Told(results, before))
    return tuple(
        promise(
            Target(
                kpi=one.kpi,
                part=one.part,
                by=one.by,
                author=one_line(one.author, NAME_LENGTH),
                date=one.date,
                most=one.most,
                least=one.least,
                changed=one.changed,
            ),
            facts,
        )
        for one in report.commitments.targets
        if one.kpi in _UNITS
    )
