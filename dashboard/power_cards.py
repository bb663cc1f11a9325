"""The power chain in words and tables: boxes for diagram and list, UPSs with their headroom, the feeds of racks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import msgspec

from analytics.overview.figure import State
from dashboard import markup
from dashboard.markup import APPROXIMATELY, card, chip, image, phrases
from dashboard.navigation import link
from dashboard.one_line import Cell
from greendc import display, drawing
from greendc.units import SECONDS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.overview.figure import Figure
    from analytics.power_view import Box, Chain, Feed, Marks, RackPower
    from dashboard.markup import View

MOST_RACKS = 10
LONGEST = 40
PER_MINUTE = SECONDS_PER_HOUR / 60.0
_OWN_REASONS = frozenset(("no_rating", "not_measured"))


def title(view: View, box: Box) -> str:
    """Return what a box is called: its device, or how many of a kind it stands for."""
    if len(box.devices) == 1:
        return display.one_line(box.devices[0], LONGEST)
    kind = view.say(f"dashboard_power.kind.{box.kind}")
    return view.say("dashboard_power.several", n=str(len(box.devices)), name=kind)


def marked(box: Box, marks: Marks) -> Box:
    """Return a box in maintenance where a window covers all of it."""
    if marks.window(box.devices) is None or box.power.value is None:
        return box
    calm = msgspec.structs.replace(box.power, state=State.SUPPRESSED, reason="")
    return msgspec.structs.replace(box, power=calm)


def cell(view: View, box: Box, marks: Marks) -> Cell:
    """Return what a box of the diagram says."""
    shown = marked(box, marks)
    alarm, window = marks.worst(box.devices), marks.window(box.devices)
    kind = view.say(f"dashboard_power.kind.{box.kind}")
    name = title(view, box)
    lines = [
        name if len(box.devices) > 1 else f"{name} · {kind}",
        _value(shown.power, display.power(shown.power.value)),
    ]
    if shown.power.state is State.STALE:
        lines[1] += " · " + view.say("dashboard_power.stale", age=view.ago(shown.power.time_ns))
    lines += [line for line in (" · ".join(_facts(view, box)), _then(view, box)) if line]
    if window is not None:
        lines.append(view.say("dashboard_power.until", time=display.moment(window.until_ns, view.zone)))
    return Cell(
        name=box.name,
        level=box.level,
        feeds=box.feeds,
        lines=tuple(lines),
        state=shown.power.state,
        alarm=alarm.priority if alarm else "",
        acknowledged=alarm.acknowledged if alarm else False,
        count=alarm.count if alarm else 0,
    )


def _value(fact: Figure, shown: display.Shown) -> str:
    lead = APPROXIMATELY if fact.state is State.ESTIMATED and fact.value is not None else ""
    return f"{lead}{shown}" if fact.value is not None else display.UNKNOWN


def _facts(view: View, box: Box) -> list[str]:
    """Return load, battery and imbalance as far as they are known."""
    found = []
    if box.load.value is not None:
        key = "load" if box.kind == "ups" else "breaker" if len(box.devices) == 1 else "breaker_worst"
        found.append(view.say(f"dashboard_power.{key}", load=_value(box.load, display.percent(box.load.value, 0))))
    if box.runtime is not None and box.runtime.value is not None:
        minutes = view.say("dashboard_power.minutes", n=display.number(box.runtime.value / PER_MINUTE))
        found.append(view.say("dashboard_power.runtime", minutes=minutes))
    elif box.imbalance is not None and len(box.devices) == 1:
        found.append(view.say("dashboard_power.uneven", share=str(display.percent(box.imbalance, 0))))
    return found


def _then(view: View, box: Box) -> str:
    if box.then is None:
        return ""
    return view.say("dashboard_power.then", lost=box.lost, load=str(display.percent(box.then, 0)))


def alt(view: View, chain: Chain) -> str:
    """Return the diagram in one sentence."""
    parts = []
    for box in chain.boxes:
        load = f", {view.say('dashboard_power.load', load=str(display.percent(box.load.value, 0)))}"
        parts.append(
            view.say(
                "dashboard_power.box",
                name=title(view, box),
                kind=view.say(f"dashboard_power.kind.{box.kind}"),
                power=str(display.power(box.power.value)),
                load=load if box.load.value is not None else "",
            )
        )
    return view.say("dashboard_power.alt", parts="; ".join(parts))


def listed(view: View, chain: Chain, marks: Marks) -> str:
    """Return the boxes as a list from the supplies down, for a phone and for who cannot see the diagram."""
    return f'<ul class="g-list g-boxes">{"".join(_item(view, box, marks) for box in chain.boxes)}</ul>'


def _item(view: View, box: Box, marks: Marks) -> str:
    shown = marked(box, marks)
    name = escape(title(view, box))
    head = link("device", name, device=box.devices[0]) if len(box.devices) == 1 else name
    window = marks.window(box.devices)
    until = view.t("dashboard_power.until", time=display.moment(window.until_ns, view.zone)) if window else ""
    said = phrases([*(escape(fact) for fact in _facts(view, box)), escape(_then(view, box)), until])
    said_kind = view.t(f"dashboard_power.kind.{box.kind}")
    kind = f'<div class="g-when">{said_kind}</div>' if len(box.devices) == 1 else ""
    why = "" if shown.power.state is State.FRESH else markup.provenance(view, shown.power)
    return (
        f'<li class="g-step-{min(box.level, 4)}" data-box="{escape(display.one_line(box.name, 80))}">'
        f'<div class="g-pair"><span class="g-where">{head}</span>'
        f"<span>{markup.figure(view, shown.power, display.power(shown.power.value))}</span></div>"
        f'{kind}<div class="g-when">{said}</div>{why}{_mark(view, marks, box.devices)}</li>'
    )


def _mark(view: View, marks: Marks, devices: Sequence[str]) -> str:
    found = marks.worst(devices)
    if found is None:
        return ""
    more = view.say("dashboard_power.alarms", n=str(found.count)) if found.count > 1 else ""
    shape = chip(view, found.priority, more, acknowledged=found.acknowledged)
    return f"<div>{link('alarms', shape, alarm=found.alarm)}</div>"


def ups(view: View, chain: Chain, marks: Marks) -> str:
    """Return each UPS with load, battery, source and headroom, and what a lost one would do to it."""
    units = chain.ups
    heading = view.t("dashboard_power.ups.title")
    if not units:
        return card(heading, f'<p class="g-muted">{view.t("dashboard_power.ups.none")}</p>')
    return card(
        heading, f'<ul class="g-list">{"".join(_ups(view, chain, marked(one, marks), marks) for one in units)}</ul>'
    )


def _ups(view: View, chain: Chain, box: Box, marks: Marks) -> str:
    name = title(view, box)
    now = None if box.load.value is None else 1.0 - box.load.value
    if box.then is None:
        room = view.t("dashboard_power.ups.alone", now=str(display.percent(now, 0)))
    else:
        then = str(display.percent(1.0 - box.then, 0))
        room = view.t("dashboard_power.ups.headroom", now=str(display.percent(now, 0)), then=then)
    scale = drawing.Scale(low=0.0, high=1.2, band=(0.0, chain.continuous), limit=1.0, target=box.then)
    desc = view.say(
        "dashboard_power.ups.bar_desc",
        now=str(display.percent(box.load.value, 0)),
        then=str(display.percent(box.then, 0)),
    )
    bar = drawing.bullet(
        box.load.value, scale, title=view.say("dashboard_power.ups.bar", name=name), desc=desc, ink=view.palette.ink()
    )
    facts = [fact for fact in _facts(view, box)[1:] if fact]
    if box.charge is not None and box.charge.value is not None:
        facts.append(view.say("dashboard_power.charge", share=str(display.percent(box.charge.value, 0))))
    if box.imbalance is not None:
        facts.append(view.say("dashboard_power.uneven", share=str(display.percent(box.imbalance, 0))))
    source = view.t(f"dashboard_power.source.{box.source or 'unknown'}")
    state = "" if box.load.state is State.FRESH else f"<div>{_provenance(view, box.load)}</div>"
    head = link("device", escape(name), device=box.name)
    load = markup.figure(view, box.load, display.percent(box.load.value, 0))
    power = escape(str(display.power(box.power.value)))
    said = phrases([source, *(escape(fact) for fact in facts)])
    return (
        f'<li data-ups="{escape(name)}"><div class="g-pair"><span class="g-where">{head}</span>'
        f'<span>{load} <span class="g-when">{power}</span></span></div>'
        f'{image(bar, desc, "g-bullet")}{state}<div class="g-when">{said}</div>'
        f'<div class="{_tone(box.load)}">{room}</div>{_sentence(view, chain, box, name)}'
        f"{_mark(view, marks, box.devices)}</li>"
    )


def _sentence(view: View, chain: Chain, box: Box, name: str) -> str:
    """Return what the loss of another UPS would do to one, and whether that is too much."""
    if box.then is None:
        return ""
    load = str(display.percent(box.then, 0))
    said = view.t("dashboard_power.ups.sentence", lost=box.lost, name=name, load=load)
    verdict = ""
    if box.then > 1.0:
        verdict = view.t("dashboard_power.ups.over")
    elif box.then > chain.continuous:
        verdict = view.t("dashboard_power.ups.high", limit=str(display.percent(chain.continuous, 0)))
    return f"<div><strong>{said}</strong>{f' — {verdict}' if verdict else ''}</div>"


def _tone(fact: Figure) -> str:
    """Return the class of what follows from a figure: as grey as the figure where that is old."""
    return "g-stale" if fact.state in {State.STALE, State.MISSING} else "g-follows"


def _provenance(view: View, fact: Figure) -> str:
    if fact.reason in _OWN_REASONS:
        return f'<span class="g-when">{view.t(f"dashboard_power.reason.{fact.reason}")}</span>'
    return markup.provenance(view, fact)


def racks(view: View, chain: Chain, marks: Marks, *, every: bool) -> str:
    """Return the racks with their feeds, those that a lost feed would bring closest to a breaker first."""
    if not chain.racks:
        return f'<p class="g-muted">{view.t("dashboard_power.rack.none")}</p>'
    shown = chain.racks if every else chain.racks[:MOST_RACKS]
    heads = f"<th>{view.t('dashboard_power.rack.name')}</th><th>{view.t('dashboard_power.rack.feeds')}</th>"
    heads += f'<th class="g-right">{view.t("dashboard_power.rack.power")}</th>'
    rows = "".join(_rack(view, rack, marks) for rack in shown)
    said = view.t("dashboard_power.rack.said", n=len(chain.racks))
    return (
        f'<p class="g-when">{said}</p><table class="g-table g-racks"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _rack(view: View, rack: RackPower, marks: Marks) -> str:
    share = view.t("dashboard_power.rack.share", share=str(display.percent(rack.share, 0))) if rack.share else ""
    name = link("rack", escape(display.one_line(rack.rack, LONGEST)), rack=rack.rack)
    feeds = "".join(f"<div>{_feed(view, feed)}</div>" for feed in rack.feeds)
    alone = "" if rack.redundant else f'<div class="g-when">{view.t("dashboard_power.rack.single")}</div>'
    devices = [rack.rack, *(feed.pdu for feed in rack.feeds)]
    power = markup.figure(view, rack.power, display.power(rack.power.value))
    return (
        f'<tr data-rack="{escape(display.one_line(rack.rack, LONGEST))}"><td>{name}{_mark(view, marks, devices)}</td>'
        f'<td>{feeds}{alone}</td><td class="g-right">{power}<br><span class="g-when">{share}</span></td></tr>'
    )


def _feed(view: View, feed: Feed) -> str:
    lane = link("device", escape(display.one_line(feed.lane or feed.pdu, LONGEST)), device=feed.pdu)
    now = markup.figure(view, feed.load, display.percent(feed.load.value, 0))
    then = "" if feed.then is None else f' <span class="{_tone(feed.load)}">→ {display.percent(feed.then, 0)}</span>'
    uneven = (
        view.t("dashboard_power.rack.uneven", share=str(display.percent(feed.imbalance, 0))) if feed.imbalance else ""
    )
    why = "" if feed.load.state is State.FRESH else _provenance(view, feed.load)
    return f'{lane}: {now}{then} <span class="g-when">{uneven}</span> {why}'
