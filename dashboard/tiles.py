"""The row of figures at the top of the overview: power, PUE, hottest inlet, data freshness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.overview import Figure, State
from dashboard.markup import View, figure, image, phrases, provenance
from dashboard.navigation import link
from greendc import display, drawing
from greendc.drawing import Scale

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.overview import Health, Hottest, Overview, Ratio
    from greendc.display import Shown

NAMES_SHOWN = 3
LEADS = {
    "facility": "energy_flow",
    "it": "power_chain",
    "pue": "efficiency",
    "inlet": "thermal",
    "cooling": "energy_flow",
    "data": "quality",
}
"""The page that says more about a tile."""


def tiles(view: View, page: Overview) -> str:
    """Return all tiles."""
    hour = next((ratio for ratio in page.ratios if ratio.window == "hour"), None)
    trend = page.trend
    share = {part.key: part.ratio for part in page.shares}
    parts = [
        _power(view, "facility", page.facility, trend.facility_w, None),
        _power(view, "it", page.it, trend.it_w, share.get("it")),
        _pue(view, hour, trend.pue),
        _inlet(view, page.hottest),
        _power(view, "cooling", page.cooling, None, share.get("cooling")),
        _health(view, page.health, away=page.away is not None),
    ]
    return f'<div class="g-tiles">{"".join(parts)}</div>'


def _tile(view: View, key: str, fact: Figure, shown: Shown, *lines: str, rack: str = "") -> str:
    body = "".join(f'<div class="g-line">{line}</div>' for line in lines if line)
    title = link(LEADS[key], view.t(f"dashboard.tile.{key}"), rack=rack)
    return (
        f'<section class="g-tile g-card-{fact.state.value}" data-tile="{key}"><h2>{title}</h2>'
        f'<div class="g-figure">{figure(view, fact, shown)}</div>{body}</section>'
    )


def _power(view: View, key: str, fact: Figure, values: list[float | None] | None, share: float | None) -> str:
    part = view.t("dashboard.tile.of_facility", share=str(display.percent(share))) if share is not None else ""
    line = "" if values is None else _spark(view, key, values, display.power)
    if values is None and share is not None:
        svg = drawing.bullet(share, Scale(low=0, high=1), title="", ink=view.palette.ink())
        line = image(svg, "", "g-spark")
    return _tile(view, key, fact, display.power(fact.value), line, part, provenance(view, fact))


def _pue(view: View, ratio: Ratio | None, values: list[float | None]) -> str:
    fact = ratio.figure if ratio else Figure(unit="pue", reason="coverage")
    shown = display.effectiveness(fact.value)
    facts = ""
    if ratio is not None and fact.value is not None:
        words = [
            view.t("dashboard.tile.uncertain", range=display.number(fact.value * ratio.uncertainty, 2))
            if ratio.uncertainty is not None
            else "",
            view.t("dashboard.tile.category", category=ratio.category)
            if ratio.category
            else view.t("dashboard.tile.no_category"),
            view.t("dashboard.tile.covered", share=str(display.percent(ratio.coverage))),
            view.t("dashboard.tile.provisional") if ratio.provisional else "",
        ]
        facts = phrases(words)
    return _tile(
        view, "pue", fact, shown, _spark(view, "pue", values, display.effectiveness), facts, provenance(view, fact)
    )


def _inlet(view: View, hottest: Hottest) -> str:
    fact, limits = hottest.figure, hottest.limits
    scale = Scale(low=10, high=40, band=(limits.low_c, limits.high_c), limit=limits.limit_c)
    shown = display.temperature(fact.value)
    desc = view.say("dashboard.tile.bullet_desc", value=str(shown))
    bar = image(drawing.bullet(fact.value, scale, title="", desc=desc, ink=view.palette.ink()), desc, "g-spark")
    numbers = {
        # A limit that altitude lowered to 31.7 must not read as 32.
        name: display.number(value, 0 if value.is_integer() else 1)
        for name, value in (("low", limits.low_c), ("high", limits.high_c), ("limit", limits.limit_c))
    }
    where = view.t("dashboard.tile.where", rack=hottest.rack, device=hottest.device) if hottest.rack else ""
    band = phrases([view.t("dashboard.tile.band", **numbers), view.t("dashboard.tile.limit", **numbers)])
    return _tile(view, "inlet", fact, shown, bar, band, where, provenance(view, fact), rack=hottest.rack)


def _health(view: View, health: Health, *, away: bool) -> str:
    ratio = health.fresh_ratio
    state = State.MISSING if ratio is None else State.FRESH if health.fresh else State.STALE
    reason = "" if ratio is not None else "store_down" if away else "never_seen"
    fact = Figure(value=ratio, unit="1", state=state, time_ns=view.now_ns, reason=reason)
    if ratio is None:
        return _tile(view, "data", fact, display.NOTHING, provenance(view, fact))
    counts = view.t("dashboard.tile.points", fresh=display.number(health.fresh), points=display.number(health.points))
    oldest = ""
    if health.oldest_s is not None:
        oldest = view.t("dashboard.tile.oldest", age=display.age(health.oldest_s, view.lang), device=health.oldest)
    names = ", ".join(health.away[:NAMES_SHOWN]) + ("…" if len(health.away) > NAMES_SHOWN else "")
    devices = view.t("dashboard.state.devices", ok=health.devices_ok, total=health.devices)
    silent = f"<span>{view.t('dashboard.tile.away', names=names)}</span>" if health.away else ""
    return _tile(view, "data", fact, display.percent(ratio), counts, oldest, devices, silent)


def _spark(view: View, key: str, values: list[float | None], show: Callable[[float | None], Shown]) -> str:
    name = view.say("dashboard.tile.spark", name=view.say(f"dashboard.tile.{key}"))
    known = [value for value in values if value is not None]
    desc = ""
    if known:
        desc = view.say("dashboard.tile.spark_desc", low=str(show(min(known))), high=str(show(max(known))))
    svg = drawing.spark(values, title=name, desc=desc, width=200, height=34, ink=view.palette.ink())
    return image(svg, f"{name}. {desc}", "g-spark")
