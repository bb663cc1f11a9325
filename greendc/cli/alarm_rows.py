"""The alarms as ``greendc alarms`` lists them, and its figures as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from greendc import display
from greendc.clock import iso
from greendc.texts import LANGUAGES, t

if TYPE_CHECKING:
    from analytics.alarms.episode import Episode
    from analytics.alarms.fold import Fold
    from analytics.alarms.performance import Performance
    from greendc.cli.output import Output
    from greendc.contracts import Ledger
    from greendc.site import Site

MARKS = {"critical": "▲", "high": "◆", "medium": "■", "low": "●"}


class AlarmRow(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm as it stands; texts by language, times ISO 8601 in UTC and empty for what has not happened."""

    id: str
    rule: str
    kind: str
    priority: str
    state: str
    advisory: bool
    node: str
    device: str
    part: str
    quantity: str
    value: float | None
    unit: str
    limit: float | None
    since: str
    raised: str
    cleared: str
    acknowledged: str
    acknowledged_by: str
    suppressed: str
    shelved_until: str
    cause: str
    below: tuple[str, ...]
    chattering: bool
    stale: bool
    level: int
    verdict: str
    title: dict[str, str]
    detail: dict[str, str]
    action: dict[str, str]
    explanation: object = None
    sentence: dict[str, str] = {}


class GapRow(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that could not judge a node, and what it lacks there."""

    rule: str
    node: str
    missing: tuple[str, ...]


class WindowRow(msgspec.Struct, frozen=True, kw_only=True):
    """A maintenance window."""

    node: str
    start: str
    until: str
    by: str
    reason: str


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What ``greendc alarms --json`` gives as ``data``."""

    alarms: list[AlarmRow]
    maintenance: list[WindowRow]
    promoted: list[str]
    not_evaluated: list[GapRow]


def listing(ledger: Ledger, site: Site, now_ns: int, *, every: bool, since_ns: int | None) -> Listing:
    """Return the alarms that are put before people; ``every`` adds all others that are not normal.

    With ``since_ns`` come those too that were raised or over since then.
    """
    from analytics.alarms.book import book_of
    from analytics.alarms.listing import in_order

    fold = book_of(ledger).fold()
    below: dict[str, list[str]] = {}
    for episode in fold.standing.values():
        if episode.active and episode.alarm.cause:
            below.setdefault(episode.alarm.cause, []).append(episode.id)
    shown = [episode for episode in in_order(fold) if every or (episode.active and episode.announced)]
    if since_ns is not None:
        listed = {episode.id for episode in shown}
        ended = [e for e in (*fold.standing.values(), *fold.past.values()) if e.id not in listed]
        ended = [e for e in ended if max(e.raised_ns, e.cleared_ns) >= since_ns]
        shown += sorted(ended, key=lambda episode: (-episode.raised_ns, episode.id))
    gaps = [gap for key in sorted(fold.gaps) for gap in fold.gaps[key]]
    return Listing(
        alarms=[_row(episode, site, tuple(sorted(below.get(episode.id, ())))) for episode in shown],
        maintenance=_windows(fold, now_ns),
        promoted=sorted(fold.promoted),
        not_evaluated=[GapRow(rule=gap.rule, node=gap.node, missing=gap.missing) for gap in gaps],
    )


def _row(episode: Episode, site: Site, below: tuple[str, ...]) -> AlarmRow:
    alarm, zone = episode.alarm, site.zone()
    explanation = alarm.explanation
    return AlarmRow(
        id=alarm.id,
        rule=alarm.rule,
        kind=alarm.kind,
        priority=alarm.priority,
        state=episode.state.value,
        advisory=alarm.advisory,
        node=alarm.node,
        device=alarm.device,
        part=alarm.part,
        quantity=alarm.quantity,
        value=alarm.value,
        unit=alarm.unit,
        limit=alarm.limit,
        since=_time(alarm.since_ns),
        raised=_time(episode.raised_ns),
        cleared=_time(episode.cleared_ns),
        acknowledged=_time(episode.acknowledged_ns),
        acknowledged_by=episode.acknowledged_by,
        suppressed=alarm.suppressed,
        shelved_until=_time(episode.shelved_until_ns),
        cause=alarm.cause,
        below=below,
        chattering=episode.chattering,
        stale=episode.stale,
        level=episode.level,
        verdict=episode.verdict,
        title={lang: alarm.title(lang) for lang in LANGUAGES},
        detail={lang: alarm.detail(zone, lang) for lang in LANGUAGES},
        action={lang: alarm.action(lang) for lang in LANGUAGES},
        explanation=explanation,
        sentence={} if explanation is None else {lang: explanation.sentence(lang) for lang in LANGUAGES},
    )


def _windows(fold: Fold, now_ns: int) -> list[WindowRow]:
    return [
        WindowRow(node=w.node, start=iso(w.start_ns), until=iso(w.until_ns), by=w.name, reason=w.reason)
        for w in sorted(fold.windows.values(), key=lambda window: (window.start_ns, window.node))
        if w.until_ns > now_ns
    ]


def _time(time_ns: int) -> str:
    return iso(time_ns) if time_ns else ""


def say_listing(out: Output, found: Listing) -> None:
    """Print the alarms for people."""
    from greendc.texts import language

    lang = language()
    if not found.alarms:
        out.say(t("alarms.cli.none"))
    for row in found.alarms:
        marks = [t(f"alarms.priority.{row.priority}", lang), t(f"alarms.state.{row.state}", lang)]
        marks += [t("alarms.cli.advisory", lang)] if row.advisory else []
        marks += [t(f"alarms.suppressed.{row.suppressed}", lang)] if row.suppressed else []
        marks += [t(f"alarms.cli.{name}", lang) for name in ("chattering", "stale") if getattr(row, name)]
        out.say(f"{MARKS[row.priority]} {row.title[lang]}  [{', '.join(marks)}]  {row.id}")
        out.say(f"    {row.detail[lang]}")
        if row.sentence.get(lang):
            out.say(f"    {row.sentence[lang]}")
        out.say(f"    {row.action[lang]}")
        if row.below:
            out.say(f"    {t('alarms.cli.below', lang, count=str(len(row.below)), names=', '.join(row.below[:8]))}")
        if row.cause:
            out.say(f"    {t('alarms.cli.cause', lang, cause=row.cause)}")
    for window in found.maintenance:
        given = {"node": window.node, "start": window.start, "until": window.until, "by": window.by}
        out.say(t("alarms.cli.window", lang, reason=window.reason, **given))
    if found.not_evaluated:
        out.say(t("alarms.cli.not_evaluated", lang, count=str(len(found.not_evaluated))))


def say_performance(out: Output, found: Performance) -> None:
    """Print the figures for people; what is not known says so."""
    unknown = t("alarms.performance.unknown")

    def say(key: str, value: str | None, target: str = "") -> None:
        out.say(f"{t(f'alarms.performance.{key}')}: {unknown if value is None else value}{target}")

    out.say(t("alarms.performance.head", start=iso(found.start_ns), end=iso(found.end_ns)))
    say("coverage", str(display.percent(found.coverage)))
    if found.reason:
        out.say(t(f"alarms.performance.{found.reason}"))
    say("announced", _count(found.announced))
    say("advisory", _count(found.advisory))
    say("per_day", _figure(found.per_day), " (<= 150)")
    say("per_10_min", _figure(found.per_10_min), " (<= 1)")
    say("peak_10_min", _count(found.peak_10_min), " (<= 10)")
    say("in_flood", None if found.load is None else str(display.percent(found.load.in_flood)), " (< 1 %)")
    say("top_share", None if found.top_share is None else str(display.percent(found.top_share)), " (<= 5 %)")
    for source in found.top:
        out.say(f"    {source.count} x {source.alarm}")
    say("chattering", None if found.announced is None else str(len(found.chattering)), " (0)")
    say("fleeting", _count(found.fleeting), " (0)")
    say("stale", _count(found.stale_most), " (< 5)")
    for name, share in found.priorities.items():
        kept = found.acknowledged[name]
        within = unknown if kept.ratio is None else str(display.percent(kept.ratio))
        target = f"{kept.target_s / 60:g}"
        given = {"name": t(f"alarms.priority.{name}"), "share": str(display.percent(share)), "within": within}
        out.say(t("alarms.performance.priority", target=target, **given))
    for rule, judged in found.rules.items():
        ratio = unknown if judged.nuisance_ratio is None else str(display.percent(judged.nuisance_ratio))
        out.say(t("alarms.performance.rule", rule=rule, announced=str(judged.announced), ratio=ratio))
    parts = [f"{t(f'alarms.suppressed.{why}')} {count}" for why, count in found.held_back.items()]
    say("held_back", ", ".join(parts))


def _count(value: int | None) -> str | None:
    return None if value is None else str(value)


def _figure(value: float | None) -> str | None:
    return None if value is None else display.significant(value)
