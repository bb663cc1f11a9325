"""The cards of the data quality page: dimensions, findings, balances, devices and the series of one device."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from analytics.alarms.explanation import named
from analytics.overview import Figure, State
from analytics.quality import STANDARD, Dimension
from dashboard.markup import View, card, figure, phrases
from greendc import display
from greendc.quantities import quantities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.quality import BalanceNote, Finding, Rollup, Score, SeriesQuality
    from analytics.quality_view import DeviceLine, QualityView

FINDINGS_SHOWN = 12
DEVICES_SHOWN = 40
SITE_GROUP = "site"
_STEPS = (0.5, 0.75, 0.95, 0.999)


def about(view: View, page: QualityView) -> str:
    """Return which day is shown, how far it has passed, and whether it was judged on schedule or on request."""
    note = page.note
    until = display.moment(note.until_ns, view.zone)
    words = [
        view.t("dashboard_quality.about", date=note.date, until=until, series=note.series, standard=STANDARD),
        view.t(f"dashboard_quality.{'over' if note.over else 'open'}"),
        view.t("dashboard_quality.computed", time=display.moment(note.time_ns, view.zone)),
        view.t(f"dashboard_quality.{'kept' if page.kept else 'made_now'}"),
    ]
    return f'<p class="g-when">{phrases(words)}</p>'


def dimensions(view: View, page: QualityView) -> str:
    """Return a tile for each of the six dimensions."""
    return f'<div class="g-tiles">{"".join(_dimension(view, one) for one in page.rollups)}</div>'


def _dimension(view: View, one: Rollup) -> str:
    state = State.MISSING if one.mean is None else State.FRESH
    fact = Figure(value=one.mean, unit="1", state=state)
    lines = []
    if one.worst is not None and one.worst < 1:
        score = str(display.percent(one.worst))
        lines.append(view.t("dashboard_quality.worst", score=score, where=named(one.worst_at, view.lang)))
    if one.unknown:
        reason = max(one.reasons, key=lambda name: one.reasons[name], default="")
        why = view.say(f"quality.reason.{reason}") if reason else ""
        lines.append(view.t("dashboard_quality.unknown", n=one.unknown, reason=why))
    body = "".join(f'<div class="g-line g-when">{line}</div>' for line in lines)
    return (
        f'<section class="g-tile g-card-{state.value}" data-dimension="{one.dimension}">'
        f"<h2>{escape(one.dimension.title(view.lang))}</h2>"
        f'<div class="g-figure">{figure(view, fact, display.percent(one.mean))}</div>{body}</section>'
    )


def findings(view: View, page: QualityView, *, every: bool) -> str:
    """Return what was found, faults first, each with its evidence and its cure; the first ones, or ``every`` one."""
    title = view.t("dashboard_quality.findings")
    if not page.findings:
        return card(title, f'<p class="g-muted">{view.t("dashboard_quality.no_finding")}</p>')
    listed = page.findings if every else page.findings[:FINDINGS_SHOWN]
    rows = "".join(_finding(view, one) for one in listed)
    hidden = page.note.found - len(listed)
    more = f'<p class="g-muted">{view.t("dashboard_quality.more", n=hidden)}</p>' if hidden > 0 else ""
    return card(f'{title} <span class="g-count">{page.note.found}</span>', f'<ul class="g-list">{rows}</ul>{more}')


def _finding(view: View, one: Finding) -> str:
    start, end = (display.moment(at_ns, view.zone) for at_ns in (one.start_ns, one.end_ns))
    return (
        f'<li><span class="g-tag g-severity-{one.severity}">{view.t(f"quality.severity.{one.severity}")}</span> '
        f'<span class="g-when">{view.t("dashboard_quality.when", start=start, end=end)}</span>'
        f'<div class="g-where">{escape(one.text(view.lang))}</div>'
        f'<div class="g-when">{escape(one.evidence(view.lang))}</div>'
        f'<div class="g-what">{view.t("dashboard_quality.cure", cure=one.cure(view.lang))}</div></li>'
    )


def balances(view: View, page: QualityView) -> str:
    """Return the balance of each node of the power tree, those that cannot be right first."""
    title = view.t("dashboard_quality.balances")
    if not page.balances:
        return card(title, f'<p class="g-muted">{view.t("dashboard_quality.no_balance")}</p>')
    return card(title, f'<div class="g-rows">{"".join(_balance(view, one) for one in page.balances)}</div>')


def _balance(view: View, one: BalanceNote) -> str:
    rest = one.remainder_j
    name = view.t("dashboard_quality.site") if one.name == SITE_GROUP else escape(one.name)
    if rest is None:
        why = view.t(f"quality.reason.{one.reason}") if one.reason else ""
        return (
            f'<div class="g-row g-row-missing"><div class="g-name">{name}</div>'
            f'<div class="g-amount"><span class="g-value g-missing">{display.UNKNOWN}</span></div>'
            f'<div class="g-why">{why}</div></div>'
        )
    share = rest / one.parents_j if one.parents_j else None
    mark = "✗" if one.faulty else "✓"
    verdict = view.t(f"dashboard_quality.{'faulty' if one.faulty else 'closes'}")
    allowed = view.t("dashboard_quality.allowed", allowed=str(display.energy(one.allowed_j)))
    covered = view.t("dashboard_quality.covered", share=str(display.percent(one.coverage)))
    suspect = ""
    if one.suspect:
        because = view.say(f"quality.suspicion.{one.because}")
        suspect = f"<div>{view.t('dashboard_quality.suspect', meter=one.suspect, because=because)}</div>"
    sides = phrases(
        [
            f"{view.t('dashboard_quality.parents')} {escape(str(display.energy(one.parents_j)))}",
            f"{view.t('dashboard_quality.children')} {escape(str(display.energy(one.children_j)))}",
        ]
    )
    fact = Figure(value=rest, unit="J", state=State.FRESH)
    return (
        f'<div class="g-row"><div class="g-name"><b>{name}</b><div class="g-when">{sides}</div></div>'
        f'<div class="g-amount">{figure(view, fact, display.energy(rest))}</div>'
        f'<div class="g-about">{view.t("dashboard_quality.rest")} · {escape(str(display.percent(share)))}</div>'
        f'<div class="g-notes"><span class="g-mark" aria-hidden="true">{mark}</span> {verdict}{suspect}'
        f'<div class="g-when">{phrases([allowed, covered])}</div></div></div>'
    )


def devices(view: View, lines: Sequence[DeviceLine]) -> str:
    """Return the devices with the mean of each dimension, the worst first."""
    rows = "".join(
        f'<div class="g-score-row"><div class="g-name">{escape(line.name)}</div>'
        f"{''.join(map(_score, line.scores))}</div>"
        for line in lines[:DEVICES_SHOWN]
    )
    said = view.t("dashboard_quality.devices_shown", shown=min(DEVICES_SHOWN, len(lines)), n=len(lines))
    note = f'<p class="g-when">{said}</p>' if len(lines) > DEVICES_SHOWN else ""
    return card(view.t("dashboard_quality.devices"), f"{note}{_head(view, 'device')}{rows}")


def series(view: View, known: Sequence[SeriesQuality]) -> str:
    """Return the series of a device with every score and what lowered it."""
    return _head(view, "series_of") + "".join(_series(view, one) for one in known)


def _series(view: View, one: SeriesQuality) -> str:
    known = quantities().get(one.key.quantity)
    name = one.key.quantity if known is None else known.title(view.lang)
    lowered = {score.why(view.lang): None for score in one.scores if score.reason and _is_low(score)}
    why = f'<div class="g-when">{escape(" ".join(lowered))}</div>' if lowered else ""
    part = f'<span class="g-when"> {escape(one.key.part)}</span>' if one.key.part else ""
    return (
        f'<div class="g-score-row"><div class="g-name">{escape(name)}{part}{why}</div>'
        f"{''.join(_score(score.ratio) for score in one.scores)}</div>"
    )


def _is_low(score: Score) -> bool:
    return score.ratio is not None and score.ratio < 1


def _head(view: View, first: str) -> str:
    titles = "".join(f"<div>{escape(one.title(view.lang))}</div>" for one in Dimension)
    return f'<div class="g-score-row g-score-head"><div>{view.t(f"dashboard_quality.{first}")}</div>{titles}</div>'


def _score(ratio: float | None) -> str:
    """Return a score as a number on a ground that is the darker the worse it is."""
    if ratio is None:
        return f'<div class="g-score g-missing">{display.UNKNOWN}</div>'
    step = sum(ratio < bound for bound in _STEPS)
    text = display.percent(ratio, 0 if ratio in {0.0, 1.0} else 1)
    return f'<div class="g-score g-score-{step}">{escape(text.number)}</div>'


def legend(view: View, page: QualityView) -> str:
    """Return what the dimensions mean and what nothing here can tell."""
    rows = "".join(
        f"<li><b>{escape(one.title(view.lang))}</b> {escape(one.definition(view.lang))}</li>" for one in Dimension
    )
    missing = "".join(f"<li>{view.t(f'quality.not_evaluated.{code}')}</li>" for code in page.note.not_evaluated)
    body = f'<ul class="g-list">{rows}</ul><h3>{view.t("dashboard_quality.not_evaluated")}</h3><ul>{missing}</ul>'
    return card(view.t("dashboard_quality.definitions"), body)
