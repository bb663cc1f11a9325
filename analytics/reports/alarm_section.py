"""What a report says of alarms: how they performed in the period, what stood at its end, and the worst episodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.alarm_view.performance import ENOUGH_DAYS, Verdict
from greendc import display
from greendc.texts import t
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    import datetime as dt

    from analytics.alarm_view import Performance
    from analytics.alarm_view.performance import Gauge, Spell
    from analytics.alarms import Alarm

WORST_SHOWN = 5
_MARKS = {Verdict.KEPT: "\u2713", Verdict.ATTENTION: "!", Verdict.MISSED: "\u2717", Verdict.OPEN: "\u00b7"}


class AlarmRow(msgspec.Struct, frozen=True, kw_only=True):
    """An open alarm."""

    priority: str
    title: str
    detail: str
    action: str
    state: str


class GaugeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A figure beside its target."""

    title: str
    value: str
    target: str
    verdict: str
    source: str


class AlarmSection(msgspec.Struct, frozen=True, kw_only=True):
    """The section. ``short`` says that the period is too short for the targets, empty when it is not."""

    count: str
    short: str
    gauges: list[GaugeRow]
    standing: list[AlarmRow]
    worst: list[str]
    notes: list[str]


def alarm_section(
    alarms: list[Alarm], performance: Performance, counts: tuple[int, int], zone: dt.tzinfo, lang: str
) -> AlarmSection:
    """Return the section in a language; ``counts`` are events of raising and clearing in the period."""
    raised, cleared = counts
    short = "" if performance.days >= ENOUGH_DAYS else t("report.alarms_short", lang, days=str(ENOUGH_DAYS))
    return AlarmSection(
        count=t("report.alarms_raised", lang, raised=str(raised), cleared=str(cleared)),
        short=short,
        gauges=[_gauge(gauge, lang) for gauge in performance.gauges],
        standing=[_alarm(alarm, zone, lang) for alarm in alarms],
        worst=[_spell(spell, zone, lang) for spell in performance.worst[:WORST_SHOWN]],
        notes=_notes(performance, lang),
    )


def _gauge(gauge: Gauge, lang: str) -> GaugeRow:
    verdict = t(f"alarm_performance.verdict.{gauge.verdict}", lang)
    return GaugeRow(
        title=t(f"alarm_performance.gauge.{gauge.code}", lang),
        value=gauge.shown(),
        target=gauge.bound(),
        verdict=f"{_MARKS[gauge.verdict]} {verdict}" if gauge.target else "",
        source=gauge.target.source if gauge.target else "",
    )


def _alarm(alarm: Alarm, zone: dt.tzinfo, lang: str) -> AlarmRow:
    said = alarm.explanation.sentence(lang) if alarm.explanation else ""
    kind = "advisory" if alarm.advisory else "acknowledged" if alarm.acknowledged else "unacknowledged"
    return AlarmRow(
        priority=t(f"alarms.priority.{alarm.priority}", lang),
        title=display.one_line(alarm.title(lang)),
        detail=" ".join(display.one_line(text, 2000) for text in (alarm.detail(zone, lang), said) if text),
        action=alarm.action(lang),
        state=t(f"report.{kind}", lang),
    )


def _spell(spell: Spell, zone: dt.tzinfo, lang: str) -> str:
    """Return one of the worst alarms in a line: how urgent, what, from when to when, and what people did."""
    over = display.moment(spell.cleared_ns, zone) if spell.cleared_ns else t("report.alarms_standing", lang)
    words = [
        t(f"alarms.priority.{spell.alarm.priority}", lang),
        display.one_line(spell.alarm.title(lang)),
        t("report.alarms_span", lang, start=display.moment(spell.time_ns, zone), end=over),
    ]
    if spell.acknowledged_ns:
        waited_s = (spell.acknowledged_ns - spell.time_ns) / NS_PER_SECOND
        words.append(t("report.alarms_seen", lang, age=display.age(waited_s, lang)))
    else:
        words.append(t("report.unacknowledged", lang))
    if spell.verdict:
        words.append(t(f"explain.verdict.{spell.verdict}", lang))
    return " \u00b7 ".join(words)


def _notes(performance: Performance, lang: str) -> list[str]:
    """Return what was kept back, what people called a nuisance, and what could not be judged."""
    kept = [
        t("report.alarms_kept", lang, why=t(f"alarm_performance.kept.{why}", lang), n=str(count))
        for why, count in performance.kept_back
    ]
    judged = sum(one.real + one.nuisance for _, one in performance.rules)
    nuisance = sum(one.nuisance for _, one in performance.rules)
    said = [t("report.alarms_nuisance", lang, n=str(nuisance), judged=str(judged))] if judged else []
    count = performance.figures.advisory
    advisory = [t("report.alarms_advisory", lang, n=str(count))] if count else []
    gaps = len({entry.rule for entry in performance.not_evaluated})
    open_ = [t("report.alarms_gaps", lang, rules=str(gaps), nodes=str(len(performance.not_evaluated)))] if gaps else []
    return [*kept, *advisory, *said, *open_]
