"""What changed: meters and devices within the period, figures since the baseline, commitments since the mid-term."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.efficiency_view import wording
from analytics.kpis.calendar import days
from analytics.reports.document import Bullets, Cell, Tone, figure, plain
from analytics.reports.request import ReportKind
from analytics.reports.sections import measured
from analytics.reports.sections.figures import bound
from analytics.reports.sections.verdict import baseline_of, comparable
from analytics.reports.sections.writer import words
from greendc import display
from greendc.declared import ALWAYS, FOREVER
from greendc.quantities import quantities
from greendc.units import kwh

if TYPE_CHECKING:
    import datetime as dt

    from analytics.meter_exchange import Exchange
    from analytics.reports.commitments import Baseline, Target
    from analytics.reports.document import Block, Section
    from analytics.reports.facts import Facts
    from analytics.reports.sections.writer import Writer

ENERGY = "J"
PRINTED = {ENERGY: "kWh", "m3": "m³", "1": ""}
"""How the stored units of registers are written."""
REGISTER_DIGITS = 3
COMPARED = ("pue", "it_energy", "facility_energy", "wue")


def changes(writer: Writer) -> Section:
    """Return the annex: every change of a meter in the period, and of a commitment."""
    blocks: list[Block] = [*_meters(writer), *commitments(writer)]
    return writer.section("changes", blocks)


def in_short(writer: Writer) -> list[Block]:
    """Return the changes for the summary: figures since the baseline, meters, commitments, remarks."""
    points = [*_compared(writer)]
    switched = [*switches(writer.facts), *writer.facts.exchanges]
    if switched:
        points.append(writer.cell("changes.meters_short", n=measured.count("changes.meters", len(switched))))
    changed = changed_targets(writer.facts)
    if changed:
        number = measured.count("changes.commitments", len(changed))
        mid_term = writer.facts.commitments.mid_term if writer.facts.commitments is not None else None
        after = sum(bool(one.since(mid_term)) for one in changed) if mid_term is not None else 0
        late = measured.count("changes.after_mid_term", after)
        points.append(writer.cell("changes.commitments_short", tone=Tone.STRONG, n=number, after=late))
    remarks = writer.facts.commitments.remarks if writer.facts.commitments is not None else []
    if remarks and writer.facts.request.kind is ReportKind.ACCEPTANCE:
        answered = measured.count("remarks.answered", sum(bool(one.answer) for one in remarks))
        points.append(
            writer.cell("changes.remarks_short", n=measured.count("remarks.all", len(remarks)), answered=answered)
        )
    saved = writer.facts.advice.verified
    if saved is not None:
        points.append(
            writer.cell("changes.verified_short", saved=measured.amount("savings.energy", saved.value, "kWh"))
        )
    return [Bullets(points=tuple(points))] if points else [writer.line("changes.none", tone=Tone.FAINT)]


def commitments(writer: Writer) -> list[Block]:
    """Return the commitments that differ from the plan: what each said and says, since when, by whom and why."""
    known = writer.facts.commitments
    rows = [row for one in changed_targets(writer.facts) for row in _versions(writer, one)]
    if known is not None and known.baseline is not None and (known.baseline.before or known.baseline.changed):
        rows += [_baseline(writer, one) for one in (*known.baseline.before, known.baseline)]
    if not rows:
        return [writer.line("changes.no_commitment", tone=Tone.FAINT)]
    columns = ("promise", "due", "written", "author", "why", "state")
    return [writer.table("changed_commitments", columns, rows, widths=(1.9, 0.9, 0.9, 0.9, 1.6, 1.0))]


def changed_targets(facts: Facts) -> list[Target]:
    """Return the targets that differ from the plan."""
    known = facts.commitments
    return [one for one in known.targets if one.before or one.changed] if known is not None else []


def _versions(writer: Writer, target: Target) -> list[tuple[Cell, ...]]:
    """Return a line for the plan, for each change of it, and for what holds now."""
    return [
        (
            plain(f"{_title(writer, target)} {bound(writer, one)}"),
            plain(one.by.isoformat()),
            plain(one.date.isoformat()),
            words(one.author, Tone.DECLARED),
            words(one.changed, Tone.DECLARED),
            _when(writer, one.date, plan=one is target.planned and bool(target.before)),
        )
        for one in (*target.before, target)
    ]


def _baseline(writer: Writer, one: Baseline) -> tuple[Cell, ...]:
    return (
        plain(writer.text("changes.baseline", start=one.start.isoformat(), end=one.end.isoformat())),
        plain(display.UNKNOWN),
        plain(one.date.isoformat()),
        words(one.author, Tone.DECLARED),
        words(one.changed, Tone.DECLARED),
        _when(writer, one.date, plan=not one.changed),
    )


def _when(writer: Writer, day: dt.date, *, plan: bool) -> Cell:
    """Return whether this is the plan, or a change before or after the mid-term evaluation."""
    if plan:
        return writer.cell("changes.plan")
    known = writer.facts.commitments
    mid_term = known.mid_term if known is not None else None
    if mid_term is None:
        return writer.cell("changes.later")
    after = day > mid_term
    return writer.cell(f"changes.{'after' if after else 'before'}_mid_term", tone=Tone.STRONG if after else Tone.PLAIN)


def switches(facts: Facts) -> list[tuple[dt.date, str, str, str]]:
    """Return when meters began or ceased to play a role within the period: day, ``began`` or ``ended``, meter, role."""
    first, last = days(facts.site, facts.request.start_ns, facts.request.end_ns)
    found = []
    for one in facts.site.meters:
        name = f"{one.device}/{one.part}" if one.part else one.device
        if one.valid_from != ALWAYS and first < one.valid_from <= last:
            found.append((one.valid_from, "began", name, one.role.value))
        if one.valid_to != FOREVER and first < one.valid_to <= last:
            found.append((one.valid_to, "ended", name, one.role.value))
    return sorted(found)


def _meters(writer: Writer) -> list[Block]:
    found = switches(writer.facts)
    exchanged = _exchanged(writer)
    if not found:
        return exchanged or [writer.line("changes.no_meter", tone=Tone.FAINT)]
    rows = [
        (plain(writer.day(day)), words(name), plain(writer.text(f"site.role.{role}")), writer.cell(f"changes.{what}"))
        for day, what, name, role in found
    ]
    return [writer.table("changed_meters", ("day", "meter", "role", "change_of"), rows), *exchanged]


def _exchanged(writer: Writer) -> list[Block]:
    """Return the exchanges of meters: both registers, who recorded it when, and why.

    Where no step shorter than a month may be told there is no register: it says what was counted up to a day.
    """
    rows = [
        (
            plain(writer.moment(one.time_ns)),
            words(_register_title(writer, one)),
            *(() if writer.coarse else (_register(one, i, "old"), _register(one, i, "new"))),
            words(one.reason, Tone.DECLARED),
            words(f"{one.by} \u00b7 {writer.moment(one.noted_ns)}", Tone.DECLARED),
        )
        for i, one in enumerate(writer.facts.exchanges, start=1)
    ]
    if not rows:
        return []
    registers = () if writer.coarse else ("old_register", "new_register")
    widths = () if writer.coarse else (1.1, 1.5, 1.0, 1.0, 1.4, 1.4)
    columns = ("exchanged", "meter", *registers, "why", "recorded")
    return [writer.table("exchanged_meters", columns, rows, widths=widths, numbers=() if writer.coarse else (2, 3))]


def _register_title(writer: Writer, one: Exchange) -> str:
    known = quantities().get(one.key.quantity)
    name = f"{one.key.device}/{one.key.part}" if one.key.part else one.key.device
    return f"{name} {one.key.quantity if known is None else known.title(writer.lang)}"


def _register(one: Exchange, number: int, which: str) -> Cell:
    """Return a register as a person reads it: energy in kWh, others as they are stored."""
    value = one.old_final if which == "old" else one.new_initial
    known = quantities().get(one.key.quantity)
    stored = "" if known is None else known.unit
    if stored == ENERGY:
        value = kwh(value)
    unit = PRINTED.get(stored, stored)
    return plain(figure(f"exchange.{number}.{which}", value, unit, REGISTER_DIGITS, Tone.DECLARED))


def _compared(writer: Writer) -> list[Cell]:
    """Return the leading figures beside a baseline that is proven as they are."""
    points = []
    for key in COMPARED:
        now, before = writer.facts.figure(key), baseline_of(writer.facts, key)
        if now is None or before is None or not before.value or not comparable(before, now):
            continue
        points.append(
            writer.cell(
                "changes.figure_short",
                name=wording.title(now, writer.lang),
                before=measured.value_of(before, measured.BASELINE),
                now=measured.value_of(now),
                ratio=measured.share(f"change.{key}", (now.value or 0.0) / before.value - 1.0),
            )
        )
    return points


def _title(writer: Writer, target: Target) -> str:
    result = writer.facts.figure(target.kpi, target.part)
    return target.kpi if result is None else wording.title(result, writer.lang)
