"""Why an alarm stands, fact by fact, from its record alone: nothing is computed anew."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from greendc import display
from greendc.origins import origin
from greendc.quantities import quantities
from greendc.texts import catalogue, t
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    import datetime as dt

    from analytics.alarms import Alarm
    from analytics.alarms.explanation import Explanation, Share


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One share of what made an alarm: a detector, a sensor or a term of a model; ``ratio`` is 0..1 of its kind."""

    kind: str
    name: str
    ratio: float
    amount: str


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that speaks for an alarm. ``facts`` are (code, text); a page names the codes."""

    sentence: str
    facts: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    checks: tuple[str, ...]


def why_of(alarm: Alarm, zone: dt.tzinfo, lang: str, now_ns: int) -> Why:
    """Return why an alarm stands, in a language."""
    explanation = alarm.explanation
    facts = _measured(alarm, lang)
    if explanation is not None:
        facts += _expected(explanation)
    facts.append(("lasted", display.age((now_ns - alarm.since_ns) / NS_PER_SECOND, lang)))
    if explanation is not None:
        facts += _beside(explanation, zone, lang)
    facts += _origin(alarm, lang)
    return Why(
        sentence=explanation.sentence(lang) if explanation else "",
        facts=tuple((code, text) for code, text in facts if text and text != display.UNKNOWN),
        parts=tuple(_part(share, lang) for share in _by_size(explanation)) if explanation else (),
        checks=explanation.checklist(lang) if explanation else (),
    )


def _measured(alarm: Alarm, lang: str) -> list[tuple[str, str]]:
    known = quantities().get(alarm.quantity)
    place = f"{alarm.device}/{alarm.part}" if alarm.part else alarm.device
    what = known.title(lang) if known else ""
    return [
        ("series", " · ".join(part for part in (place, what) if part)),
        ("value", str(display.stored(alarm.value, alarm.unit))),
        ("limit", str(display.stored(alarm.limit, alarm.unit))),
    ]


def _expected(found: Explanation) -> list[tuple[str, str]]:
    def shown(value: float | None) -> str:
        return str(display.stored(value, found.unit))

    band = ""
    if found.low is not None and found.high is not None:
        level = "" if found.level is None else f" ({display.percent(found.level, 0)})"
        band = f"{shown(found.low)} … {shown(found.high)}{level}"
    rare = ""
    if found.one_in is not None and math.isfinite(found.one_in):
        size = 10.0 ** math.floor(math.log10(max(found.one_in, 1.0)))
        rare = f"1 : {display.number(round(found.one_in / size) * size)}"
    return [("expected", shown(found.expected)), ("band", band), ("one_in", rare)]


def _beside(found: Explanation, zone: dt.tzinfo, lang: str) -> list[tuple[str, str]]:
    facts: list[tuple[str, str]] = []
    if found.peers is not None:
        facts.append(("peers", f"{display.stored(found.peers.median, found.unit)} ({found.peers.count})"))
    if found.change is not None:
        before, after = (display.stored(value, found.unit) for value in (found.change.before, found.change.after))
        cost = found.change.cost_kwh_day
        facts.append(("change", f"{before} → {after}"))
        facts.append(("cost", "" if cost is None else f"{display.significant(cost)} kWh/d"))
    if found.similar is not None:
        verdict = t(f"explain.verdict.{found.similar.verdict or 'none'}", lang)
        facts.append(
            ("similar", f"{display.moment(found.similar.time_ns, zone)} · {found.similar.alarm_id} · {verdict}")
        )
    quality = f"explain.data_quality.{found.data_quality}"
    facts.append(("data_quality", t(quality, lang) if quality in catalogue() else ""))
    facts.append(("model", found.model + (f" · {t('explain.provisional', lang)}" if found.provisional else "")))
    return facts


def _origin(alarm: Alarm, lang: str) -> list[tuple[str, str]]:
    evidence = alarm.evidence
    hold = display.age(evidence.hold_s, lang) if evidence.hold_s else ""
    return [("hold", hold), ("source", origin(evidence.limit_source, lang)), ("rule", f"{alarm.rule}.{alarm.kind}")]


def _by_size(found: Explanation) -> list[Share]:
    return sorted(found.shares, key=lambda share: -share.ratio)


def _part(share: Share, lang: str) -> Part:
    amount = "" if share.value is None else str(display.stored(share.value, share.unit))
    return Part(kind=share.kind, name=share.title(lang), ratio=share.ratio, amount=amount)
