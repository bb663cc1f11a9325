"""What the data are worth: coverage by meter, gaps, the six dimensions, findings, and what was never estimated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.kpis.coverage import REPORTABLE
from analytics.quality import STANDARD, Dimension, Severity
from analytics.quality.power_tree import SITE_GROUP
from analytics.reports.document import Bullets, Cell, Paragraph, Tone, figure, plain, shown_figure
from analytics.reports.sections import measured
from analytics.reports.sections.coverage_chart import NEEDED, coverage_chart
from analytics.reports.sections.writer import words
from greendc import display
from greendc.texts import t

if TYPE_CHECKING:
    from analytics.lineage import Source
    from analytics.reports.document import Block, Section, Span
    from analytics.reports.facts import Facts
    from analytics.reports.sections.writer import Writer
    from analytics.result import Input

FINDINGS_SHOWN = 10
POOR_SHOWN = 40


def quality(writer: Writer) -> Section:
    """Return the section."""
    blocks: list[Block] = [
        *_statement(writer),
        *_sides(writer),
        *_meters(writer),
        *_longest(writer),
        *coverage_chart(writer),
        *_dimensions(writer),
        *_findings(writer),
        writer.line("quality.not_recorded", tone=Tone.FAINT),
    ]
    return writer.section("quality", blocks)


def sources_of(facts: Facts) -> list[Source]:
    """Return what each meter gave, each meter and role once, in their order."""
    found: dict[tuple[str, str, int], Source] = {}
    for result in facts.figures:
        for side in result.inputs:
            for one in side.sources:
                found.setdefault((one.role, one.meter, one.start_ns), one)
    return [found[key] for key in sorted(found)]


def _statement(writer: Writer) -> list[Block]:
    """Return the rule, and how far the period falls short of it."""
    sources = sources_of(writer.facts)
    blocks: list[Block] = [writer.line("quality.rule")]
    poor = [one for one in sources if one.coverage < REPORTABLE]
    if poor:
        short = measured.count("quality.meters_short", len(poor))
        blocks.append(writer.line("quality.short", tone=Tone.WARNING, n=short, all=_all(sources)))
    elif sources:
        blocks.append(writer.line("quality.enough", all=_all(sources)))
    unmetered = sorted({one.reason for one in writer.facts.figures if one.value is None and not one.inputs})
    if unmetered:
        reasons = tuple(plain(t(f"kpis.reason.{reason}", writer.lang)) for reason in unmetered if reason)
        blocks += [writer.line("quality.unmetered"), Bullets(points=reasons)]
    return blocks


def _all(sources: list[Source]) -> Span:
    return measured.count("quality.meters", len(sources))


def _sides(writer: Writer) -> list[Block]:
    """Return coverage, gaps and resets of each side of the figures."""
    sides: dict[str, Input] = {}
    for result in writer.facts.figures:
        for side in result.inputs:
            sides.setdefault(side.role, side)
    if not sides:
        return [writer.line("quality.nothing_metered", tone=Tone.WARNING)]
    rows = [_side(writer, sides[role]) for role in sorted(sides)]
    columns = ("side", "coverage", "meters", "gaps", "resets", "method")
    return [writer.table("sides", columns, rows, widths=(2, 1, 1, 1, 1, 2), numbers=(1, 2, 3, 4))]


def _side(writer: Writer, side: Input) -> tuple[Cell, ...]:
    name = f"quality.{side.role}"
    tone = Tone.PLAIN if side.coverage >= REPORTABLE else Tone.FAINT
    return (
        plain(writer.text(f"quality.side.{side.role}") if writer.has(f"quality.side.{side.role}") else side.role),
        plain(measured.share(f"{name}.coverage", side.coverage, tone), tone=tone),
        plain(measured.count(f"{name}.meters", len(side.meters))),
        plain(measured.count(f"{name}.gaps", side.gaps)),
        plain(measured.count(f"{name}.resets", side.resets)),
        plain(t(f"kpis.method.{side.method}", writer.lang) if side.method else display.UNKNOWN),
    )


def _meters(writer: Writer) -> list[Block]:
    """Return the meters by role, and each that covers too little; all of them stand in the register."""
    sources = sources_of(writer.facts)
    roles = dict.fromkeys(one.role for one in sources)
    rows = [_role(writer, role, [one for one in sources if one.role == role]) for role in roles]
    blocks: list[Block] = []
    if rows:
        by_role = ("role", "meters", "lowest", "below", "readings")
        blocks.append(writer.table("meters", by_role, rows, widths=(2, 1, 1, 1, 1), numbers=(1, 2, 3, 4)))
    poor = sorted((one for one in sources if one.coverage < REPORTABLE), key=lambda one: (one.coverage, one.meter))
    if poor:
        lines = [_poor(writer, i, one) for i, one in enumerate(poor[:POOR_SHOWN], start=1)]
        rest = len(poor) - len(lines)
        note = writer.text("alarms.more", n=str(rest)) if rest else ""
        columns = ("meter", "role", "coverage", "method")
        blocks.append(writer.table("poor_meters", columns, lines, widths=(2, 1.5, 1, 1.5), numbers=(2,), note=note))
    return blocks


def _role(writer: Writer, role: str, sources: list[Source]) -> tuple[Cell, ...]:
    name = f"quality.role.{role}"
    lowest = min(one.coverage for one in sources)
    tone = Tone.PLAIN if lowest >= REPORTABLE else Tone.FAINT
    below = sum(one.coverage < REPORTABLE for one in sources)
    return (
        plain(writer.text(f"site.role.{role}")),
        plain(measured.count(f"{name}.meters", len(sources))),
        plain(measured.share(f"{name}.lowest", lowest, tone), tone=tone),
        plain(measured.count(f"{name}.below", below)),
        plain(measured.count(f"{name}.readings", sum(one.values for one in sources))),
    )


def _poor(writer: Writer, number: int, one: Source) -> tuple[Cell, ...]:
    return (
        words(one.meter),
        plain(writer.text(f"site.role.{one.role}")),
        plain(measured.share(f"quality.poor.{number}.coverage", one.coverage, Tone.FAINT), tone=Tone.FAINT),
        plain(t(f"kpis.method.{one.method}", writer.lang) if one.method else display.UNKNOWN),
    )


def _longest(writer: Writer) -> list[Block]:
    """Return the longest time in which facility or IT energy is not known by the hour."""
    if not writer.hours:
        return []
    longest = run = 0
    for hour in writer.hours:
        run = 0 if all(hour.energies_j.get(role) is not None for role in NEEDED) else run + 1
        longest = max(longest, run)
    return [writer.line("quality.longest", hours=figure("quality.longest_gap", longest, "h", 0))]


def _dimensions(writer: Writer) -> list[Block]:
    """Return what was noted of the days of the period: each dimension over all of them, and energy nobody tracked."""
    notes = writer.facts.quality
    if not notes:
        return [writer.line("quality.not_judged", tone=Tone.FAINT)]
    rows = []
    for i, dimension in enumerate(Dimension):
        means = [mean for note in notes if (mean := note.site_scores[i].mean) is not None]
        worst, mean = (min(means), sum(means) / len(means)) if means else (None, None)
        rows.append(
            (
                plain(dimension.title(writer.lang)),
                plain(dimension.definition(writer.lang)),
                plain(measured.share(f"quality.{dimension}.mean", mean)),
                plain(measured.share(f"quality.{dimension}.worst", worst)),
            )
        )
    days = measured.count("quality.days", len(notes))
    blocks: list[Block] = [
        writer.line("quality.days", days=days, standard=STANDARD),
        writer.table(
            "dimensions", ("dimension", "definition", "mean", "worst_day"), rows, widths=(1, 3, 1, 1), numbers=(2, 3)
        ),
    ]
    return [*blocks, *_untracked(writer)]


def _untracked(writer: Writer) -> list[Block]:
    rests = [balance for note in writer.facts.quality for balance in note.balances if balance.name == SITE_GROUP]
    known = [(one.remainder_j, one.parents_j) for one in rests]
    rest = sum(rest for rest, whole in known if rest is not None and whole is not None)
    whole = sum(whole for rest, whole in known if rest is not None and whole is not None)
    if whole <= 0:
        return []
    energy = shown_figure("quality.untracked", rest, "J", display.energy(rest))
    return [
        writer.line("quality.untracked", energy=energy, share=measured.share("quality.untracked.share", rest / whole))
    ]


def _findings(writer: Writer) -> list[Block]:
    found = [one for note in writer.facts.quality for one in note.findings if one.severity is not Severity.NOTE]
    if not writer.facts.quality:
        return []
    counts = {
        name: measured.count(f"quality.{name}", sum(one.severity is severity for one in found))
        for name, severity in (("faults", Severity.FAULT), ("gaps", Severity.GAP))
    }
    blocks: list[Block] = [Paragraph(spans=writer.say("quality.found", **counts))]
    order = tuple(Severity)
    said: dict[tuple[str, str], Cell] = {}
    for one in sorted(found, key=lambda one: (order.index(one.severity), one.start_ns, one.subject, one.code)):
        text = f"{one.text(writer.lang)} {one.evidence(writer.lang)}"
        said.setdefault((one.code, one.subject), words(text))
    points = () if writer.coarse else tuple(said.values())[:FINDINGS_SHOWN]
    return [*blocks, Bullets(points=points)] if points else blocks
