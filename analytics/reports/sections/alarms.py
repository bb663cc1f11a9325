"""How the alarms of the period performed, what stood at its end, and the worst of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarm_view.performance import ENOUGH_DAYS, Verdict
from analytics.reports.document import Bullets, Cell, Paragraph, Tone, figure, plain
from analytics.reports.sections import measured
from analytics.reports.sections.writer import words
from greendc import display
from greendc.texts import t
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.alarm_view.performance import Gauge, Spell
    from analytics.alarms import Alarm
    from analytics.reports.document import Block, Figure, Section
    from analytics.reports.sections.writer import Writer

WORST_SHOWN, STANDING_SHOWN = 5, 30
MARKS = {Verdict.KEPT: "✓", Verdict.ATTENTION: "!", Verdict.MISSED: "✗", Verdict.OPEN: "·"}


def alarms(writer: Writer) -> Section:
    """Return the section."""
    facts = writer.facts
    if facts.performance.days == 0:
        return writer.section("alarms", [writer.line("alarms.unjudged")])
    counts = {name: measured.count(f"alarms.{name}", getattr(facts, name)) for name in ("raised", "cleared")}
    blocks: list[Block] = [Paragraph(spans=writer.say("alarms.raised", **counts))]
    if facts.performance.days < ENOUGH_DAYS:
        blocks.append(writer.line("alarms.short", tone=Tone.FAINT, days=str(ENOUGH_DAYS)))
    rows = [_gauge(writer, one) for one in facts.performance.gauges]
    blocks.append(
        writer.table(
            "alarms", ("kpi", "value", "target", "verdict", "standard"), rows, widths=(2, 1, 1, 1, 2), numbers=(1,)
        )
    )
    if writer.coarse:
        stood = measured.count("alarms.standing", len(facts.alarms))
        blocks.append(writer.line("alarms.coarse", n=stood))
    else:
        blocks += [*_standing(writer), *_worst(writer)]
    blocks += _notes(writer)
    return writer.section("alarms", blocks)


def _gauge(writer: Writer, gauge: Gauge) -> tuple[Cell, ...]:
    verdict = plain(display.UNKNOWN)
    if gauge.target is not None:
        verdict = plain(f"{MARKS[gauge.verdict]} {t(f'alarm_performance.verdict.{gauge.verdict}', writer.lang)}")
    return (
        plain(t(f"alarm_performance.gauge.{gauge.code}", writer.lang)),
        plain(_value(gauge)),
        plain(gauge.bound() or display.UNKNOWN),
        verdict,
        plain(gauge.target.source if gauge.target is not None else display.UNKNOWN),
    )


def _value(gauge: Gauge) -> Figure:
    name = f"alarms.{gauge.code}"
    if gauge.ratio:
        return measured.share(name, gauge.value)
    whole = gauge.value is not None and float(gauge.value).is_integer()
    return figure(name, gauge.value, "", 0) if whole else measured.amount(name, gauge.value, "")


def _standing(writer: Writer) -> list[Block]:
    alarms = writer.facts.alarms
    if not alarms:
        return [writer.line("alarms.none")]
    rows = [_alarm(writer, alarm) for alarm in alarms[:STANDING_SHOWN]]
    rest = len(alarms) - len(rows)
    note = writer.text("alarms.more", n=str(rest)) if rest else ""
    columns = ("priority", "alarm", "detail", "action", "state")
    return [writer.table("standing_alarms", columns, rows, widths=(0.8, 1.6, 3.0, 2.0, 1.0), note=note)]


def _alarm(writer: Writer, alarm: Alarm) -> tuple[Cell, ...]:
    kind = "advisory" if alarm.advisory else "acknowledged" if alarm.acknowledged else "unacknowledged"
    return (
        plain(t(f"alarms.priority.{alarm.priority}", writer.lang)),
        words(alarm.title(writer.lang)),
        words(alarm.detail(writer.zone, writer.lang)),
        words(alarm.action(writer.lang)),
        writer.cell(f"alarms.{kind}"),
    )


def _worst(writer: Writer) -> list[Block]:
    spells = writer.facts.performance.worst[:WORST_SHOWN]
    if not spells:
        return []
    points = tuple(plain(_spell(writer, spell)) for spell in spells)
    return [Paragraph(spans=(writer.text("alarms.worst"),)), Bullets(points=points)]


def _spell(writer: Writer, spell: Spell) -> str:
    """Return one of the worst alarms in a line: how urgent, what, from when to when, and what people did."""
    over = writer.moment(spell.cleared_ns) if spell.cleared_ns else writer.text("alarms.standing")
    said = [
        t(f"alarms.priority.{spell.alarm.priority}", writer.lang),
        display.one_line(spell.alarm.title(writer.lang)),
        writer.text("alarms.span", start=writer.moment(spell.time_ns), end=over),
    ]
    if spell.acknowledged_ns:
        waited_s = (spell.acknowledged_ns - spell.time_ns) / NS_PER_SECOND
        said.append(writer.text("alarms.seen", age=display.age(waited_s, writer.lang)))
    else:
        said.append(writer.text("alarms.unacknowledged"))
    if spell.verdict:
        said.append(t(f"explain.verdict.{spell.verdict}", writer.lang))
    return " · ".join(said)


def _notes(writer: Writer) -> list[Block]:
    """Return what was kept back, what people called a nuisance, and what could not be judged."""
    performance = writer.facts.performance
    points = [
        writer.cell(
            "alarms.kept",
            why=t(f"alarm_performance.kept.{why}", writer.lang),
            n=measured.count(f"alarms.kept.{why}", number),
        )
        for why, number in performance.kept_back
    ]
    judged = sum(one.real + one.nuisance for _, one in performance.rules)
    nuisance = sum(one.nuisance for _, one in performance.rules)
    if judged:
        points.append(
            writer.cell(
                "alarms.nuisance",
                n=measured.count("alarms.nuisance", nuisance),
                judged=measured.count("alarms.judged", judged),
            )
        )
    if performance.figures.advisory:
        points.append(
            writer.cell("alarms.advisories", n=measured.count("alarms.advisories", performance.figures.advisory))
        )
    gaps = len({entry.rule for entry in performance.not_evaluated})
    if gaps:
        points.append(
            writer.cell(
                "alarms.gaps",
                rules=measured.count("alarms.gaps", gaps),
                nodes=measured.count("alarms.gaps.nodes", len(performance.not_evaluated)),
            )
        )
    return [Bullets(points=tuple(points))] if points else []
