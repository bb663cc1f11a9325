"""The cover: what the centre is officially called, which report of which period this is, and what it is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.reports.document import Cell, plain
from analytics.reports.request import ReportKind
from analytics.reports.sections import measured
from analytics.reports.sections.writer import words
from greendc import display

if TYPE_CHECKING:
    from analytics.reports.facts import Facts
    from analytics.reports.sections.writer import Writer

SHORT = 16
_PROVINCIAL = frozenset((ReportKind.MID_TERM, ReportKind.ACCEPTANCE))


def title(writer: Writer) -> str:
    """Return the centre's official name where the plan names its industry, else the site's title."""
    facts = writer.facts
    industry = facts.commitments.industry if facts.commitments is not None else ""
    if industry and facts.request.kind in _PROVINCIAL:
        return writer.text("document.official", industry=display.one_line(industry, 80).removesuffix("行业"))
    return display.one_line(facts.site.info.title(writer.lang), 200)


def kind(writer: Writer) -> str:
    """Return what kind of report this is."""
    return writer.text(f"document.kind.{_key(writer.facts.request.kind)}")


def watermark(writer: Writer) -> str:
    """Return what stands across every page, empty for a final report of measured data."""
    if writer.facts.simulated:
        return writer.text("document.simulated")
    return "" if writer.facts.request.final else writer.text("document.watermark_draft")


def status(writer: Writer) -> str:
    """Return draft or final, with the version."""
    facts = writer.facts
    key = "final" if facts.request.final and not facts.simulated else "draft"
    return writer.text(f"document.{key}", version=str(facts.version))


def running(writer: Writer) -> str:
    """Return the line at the head of every page."""
    site = display.one_line(writer.facts.site.info.title(writer.lang), 60)
    return " · ".join((site, kind(writer), writer.period, status(writer)))


def code(facts: Facts) -> str:
    """Return what the code on the cover says: site, kind, period, version and the hash of what figures rest on."""
    request = facts.request
    span = f"{request.start_ns}-{request.end_ns}"
    return f"greendc:{facts.site.name}:{request.kind}:{span}:v{facts.version}:{basis(facts)[:SHORT]}"


def basis(facts: Facts) -> str:
    """Return the hash of data and configuration of the first figure, of the configuration alone without one."""
    known = next((one.lineage for one in facts.figures if one.lineage is not None), None)
    return known.sha256 if known is not None else facts.configuration.sha256


def cover(writer: Writer) -> tuple[tuple[str, Cell], ...]:
    """Return the facts on the cover."""
    facts = writer.facts
    request = facts.request
    pue = facts.figure("pue")
    rows = {
        "site": words(facts.site.info.title(writer.lang)),
        "period": plain(f"{writer.period} ({display.zone_label(writer.zone, request.end_ns)})"),
        "status": plain(status(writer)),
        "data": writer.cell("document.data_simulated" if facts.simulated else "document.data_measured"),
        "readers": writer.cell(f"document.masking.{request.masking}"),
        "software": plain(f"greendc {facts.software}"),
        "basis": plain(basis(facts)[:SHORT]),
    }
    if pue is not None:
        rows["pue"] = measured.value_cell(writer, pue)
    return writer.pairs(rows).rows


def _key(kind: ReportKind) -> str:
    return kind.value.replace("-", "_")
