"""The line at the head of every page, always in the same order: site, alarms, health, refresh, zone; then banners."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from dashboard.markup import View, chip
from dashboard.navigation import link
from greendc import display
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.overview import Overview

MANY_WAITING = 5000
"""A backlog [readings] worth a line: a busy site's spool holds some hundreds at any time."""
TIMES = "\u00d7"
_ORDER = ("critical", "high", "medium", "low")


def header(view: View, page: Overview, *, span: str = "", who: str = "") -> str:
    """Return the header line and the banners that apply; ``span`` and ``who`` are the time range and the user."""
    refreshed = view.t("dashboard.header.refreshed", time=display.clock(page.now_ns, view.zone))
    parts = [
        f'<h1 class="g-site">{escape(page.title(view.lang))}</h1>',
        _alarms(view, page),
        f'<span class="g-head">{_health(view, page)}</span>',
        f'<span class="g-head">{refreshed}</span>',
        f'<span class="g-head g-muted">{escape(display.zone_label(view.zone, page.now_ns))}</span>',
        *(f'<span class="g-head g-muted">{escape(words)}</span>' for words in (span, who) if words),
    ]
    return f'<header class="g-header">{"".join(parts)}</header>{banners(view, page)}'


def banners(view: View, page: Overview) -> str:
    """Return what must be said before anything else: simulated data, a store that is away, history filling in."""
    said = []
    if page.away is not None:
        key = "banner" if page.health.points else "banner_blank"
        words = view.t(
            f"dashboard.away.{key}",
            time=display.clock(page.away.since_ns, view.zone),
            age=view.ago(page.away.since_ns),
        )
        cause = view.t("dashboard.away.cause", cause=page.away.cause)
        said.append(f'<div class="g-banner g-banner-away" role="alert"><b>{words}</b> {cause}</div>')
    if page.simulated:
        said.append(f'<div class="g-banner">{view.t("dashboard.header.simulated")}</div>')
    if page.backfill is not None and page.backfill < 1:
        share = str(display.percent(page.backfill, 0))
        width = f"{100 * page.backfill:.0f}%"
        said.append(
            f'<div class="g-banner g-progress">{view.t("dashboard.header.backfill", share=share)}'
            f'<span class="g-track"><span style="width:{width}"></span></span></div>'
        )
    elif page.waiting > MANY_WAITING:
        said.append(f'<div class="g-banner">{view.t("dashboard.header.waiting", n=display.number(page.waiting))}</div>')
    return "".join(said)


def _alarms(view: View, page: Overview) -> str:
    counts = {p: [alarm for alarm in page.alarms if alarm.priority == p] for p in _ORDER}
    chips = [
        chip(view, priority, f"{TIMES}{len(found)}", acknowledged=all(alarm.acknowledged for alarm in found))
        for priority, found in counts.items()
        if found
    ]
    if chips:
        return f'<span class="g-head">{link("alarms", " ".join(chips), lang=view.lang)}</span>'
    # With no data nothing is known to be wrong, which is not the same as nothing being wrong.
    health = page.health
    silent = "stale" if health.points else "quiet"
    key = "away" if page.away is not None else "normal" if health.fresh else silent
    calm = link("alarms", view.t(f"dashboard.state.{key}"), lang=view.lang)
    return f'<span class="g-head g-calm">{calm}</span>'


def _health(view: View, page: Overview) -> str:
    health = page.health
    ratio = health.fresh_ratio
    if ratio is None:
        return view.t("dashboard.header.no_points")
    words = view.t("dashboard.header.points", fresh=str(display.percent(ratio)))
    if health.oldest_s is None:
        return words
    oldest_s = health.oldest_s + (0 if page.away is None else (page.now_ns - page.away.since_ns) / NS_PER_SECOND)
    return f"{words} · {view.t('dashboard.header.oldest', age=display.age(oldest_s, view.lang), device=health.oldest)}"
