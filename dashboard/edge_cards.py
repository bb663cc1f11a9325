"""The cards of the edge page: the table of nodes by how they stand, and one node with all that is known of it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from analytics.edge_view import Standing
from analytics.edge_view.nodes import BEHIND_S, CLOCK_OFF_S
from analytics.overview import State
from dashboard.header import TIMES
from dashboard.markup import card, chip, figure, image, phrases, state_of, tag
from dashboard.navigation import link
from dashboard.place_alarms import named
from greendc import display, drawing

if TYPE_CHECKING:
    from analytics.edge_view import Account, EdgeView, NodeLine, Refusal
    from analytics.overview import Figure
    from analytics.power_view import Mark
    from dashboard.markup import View

COLUMNS = ("node", "seen", "backlog", "clock", "machine", "software")
MEMBERS_SHOWN = 60
HOURS_SHOWN = 12
SPARK = (150, 28)
CHART = (760, 200)
CERTAIN_S = 0.5
"""An offset below this [s] is within what a message takes."""
MINUTE_S = 60.0


def summary(view: View, page: EdgeView) -> str:
    """Return how many nodes stand how, in a line."""
    words = [
        view.t("dashboard_edge.count", what=view.say(f"dashboard_edge.standing.{standing}"), n=len(lines))
        for standing, lines in page.groups().items()
    ]
    return f'<p class="g-when" data-nodes="{len(page.nodes)}">{phrases(words)}</p>'


def table(view: View, page: EdgeView, marks: dict[str, Mark | None]) -> str:
    """Return the nodes in groups, those that need a person first; ``marks`` are their worst open alarms."""
    heads = "".join(f"<th>{view.t(f'dashboard_edge.column.{name}')}</th>" for name in COLUMNS)
    body = ""
    for standing, lines in page.groups().items():
        title = view.t(f"dashboard_edge.standing.{standing}")
        note = view.t(f"dashboard_edge.about.{standing}")
        body += (
            f'<tr class="g-group"><th colspan="{len(COLUMNS)}" scope="colgroup" data-group="{standing}">{title} '
            f'<span class="g-count">{len(lines)}</span> <span class="g-when">{note}</span></th></tr>'
        )
        body += "".join(_row(view, line, marks.get(line.name)) for line in lines)
    return f'<table class="g-table g-nodes"><tr class="g-node-heads">{heads}</tr>{body}</table>'


def _row(view: View, line: NodeLine, mark: Mark | None) -> str:
    cells = (
        _name(view, line, mark),
        _seen(view, line),
        _backlog(view, line),
        _clock(view, line),
        _machine(view, line),
        _software(view, line),
    )
    labelled = "".join(
        f'<td data-label="{view.t(f"dashboard_edge.column.{name}")}"><div>{cell}</div></td>'
        for name, cell in zip(COLUMNS, cells, strict=True)
    )
    return f'<tr class="g-node-{line.state}" data-node="{escape(line.name)}">{labelled}</tr>'


def _name(view: View, line: NodeLine, mark: Mark | None) -> str:
    title = link("edge_sites", f"<b>{named(line.title(view.lang))}</b>", node=line.name)
    own = f'<div class="g-when">{escape(line.name)}</div>' if line.title(view.lang) != line.name else ""
    alarm = ""
    if mark is not None:
        words = chip(view, mark.priority, f"{TIMES}{mark.count}", acknowledged=mark.acknowledged)
        alarm = f"<div>{link('alarms', words, alarm=mark.alarm)}</div>"
    return f"{title}{own}{alarm}"


def _seen(view: View, line: NodeLine) -> str:
    shown = state_of(view, line.state, time_ns=line.seen_ns, until_ns=line.until_ns)
    if line.state is State.MISSING:
        reason = "store_down" if line.standing is Standing.UNKNOWN else "never_seen"
        shown = f"{tag(view, State.MISSING, '')} {_reason(view, reason)}"
    if line.state is State.SUPPRESSED and line.seen_ns:
        shown += f' <span class="g-when">{view.t("dashboard_shell.state.age", age=view.ago(line.seen_ns))}</span>'
    up = view.t("dashboard_edge.devices", up=line.devices_up, total=line.devices) if line.seen_ns else ""
    heard = ""
    if line.heard_ns and line.standing is not Standing.WELL:
        heard = view.t("dashboard_edge.heard", age=view.ago(line.heard_ns))
    return f'{shown}<div class="g-when">{phrases([up, heard])}</div>'


def _reason(view: View, code: str) -> str:
    return f'<span class="g-when">{view.t(f"overview.reason.{code}")}</span>'


def _missing(view: View, reason: str = "not_told") -> str:
    dash = f'<span class="g-value g-missing">{display.UNKNOWN}</span>'
    return f"{dash} {_reason(view, reason)}"


def _backlog(view: View, line: NodeLine) -> str:
    if line.waiting is None:
        return _missing(view)
    drawn = ""
    if _drawable(line.seen.backlog):
        title = view.say("dashboard_edge.spark.backlog", node=line.name)
        alt = view.say("dashboard_edge.spark.desc", most=display.number(_most(line.seen.backlog)))
        ink = view.palette.ink()
        drawn = image(
            drawing.spark(line.seen.backlog, title=title, desc=alt, width=SPARK[0], height=SPARK[1], ink=ink),
            f"{title}: {alt}",
            "g-spark g-node-spark",
        )
    return f"<div>{_backlog_words(view, line)}</div>{drawn}"


def _drawable(values: tuple[float | None, ...]) -> bool:
    """Tell whether there is a line to draw: two points at least."""
    return sum(value is not None for value in values) > 1


def _most(values: tuple[float | None, ...]) -> float:
    return max(value for value in values if value is not None)


def _clock(view: View, line: NodeLine) -> str:
    ahead_s = line.told.ahead_s
    if ahead_s is None:
        return _missing(view)
    if abs(ahead_s) < CERTAIN_S:
        return view.t("dashboard_edge.clock.within", s=f"{CERTAIN_S:g}")
    key = "ahead" if ahead_s > 0 else "after"
    said = view.t(f"dashboard_edge.clock.{key}", age=_offset(abs(ahead_s), view.lang))
    return f"<b>{said}</b>" if abs(ahead_s) > CLOCK_OFF_S else said


def _offset(seconds: float, lang: str) -> str:
    return f"{seconds:.1f} s" if seconds < MINUTE_S else display.age(seconds, lang)


def _machine(view: View, line: NodeLine) -> str:
    parts = {"cpu": line.seen.cpu, "memory": line.seen.memory, "disk": line.seen.disk}
    if all(one.value is None for one in parts.values()):
        return _missing(view)
    words = [f"{view.t(f'dashboard_edge.machine.{name}')} {_ratio(view, one)}" for name, one in parts.items()]
    drawn = ""
    if _drawable(line.seen.busy):
        title = view.say("dashboard_edge.spark.busy", node=line.name)
        alt = view.say("dashboard_edge.spark.busy_desc", most=str(display.percent(_most(line.seen.busy), 0)))
        svg = drawing.spark(
            line.seen.busy, title=title, desc=alt, width=SPARK[0], height=SPARK[1], ink=view.palette.ink()
        )
        drawn = image(svg, f"{title}: {alt}", "g-spark g-node-spark")
    return f"<div>{phrases(words)}</div>{drawn}"


def _ratio(view: View, one: Figure) -> str:
    return figure(view, one, display.percent(one.value, 0))


def _software(view: View, line: NodeLine) -> str:
    return escape(display.one_line(line.told.software, 40)) if line.told.software else _missing(view)


def detail(view: View, line: NodeLine, now_ns: int) -> str:
    """Return one node: what is known of it now, and the course of its backlog."""
    rows = (
        ("standing", view.t(f"dashboard_edge.standing.{line.standing}")),
        ("seen", _seen(view, line)),
        ("heard", _heard(view, line)),
        ("link", escape(display.one_line(line.told.link, 120)) if line.told.link else _missing(view)),
        ("backlog", _backlog_words(view, line)),
        ("clock", _clock(view, line)),
        ("machine", _machine(view, line)),
        ("software", _software(view, line)),
    )
    body = "".join(f"<tr><th>{view.t(f'dashboard_edge.row.{key}')}</th><td>{value}</td></tr>" for key, value in rows)
    return f'<table class="g-table g-facts">{body}</table>{_course(view, line, now_ns)}'


def _heard(view: View, line: NodeLine) -> str:
    if not line.heard_ns:
        return _missing(view)
    return view.t("dashboard_shell.state.age", age=view.ago(line.heard_ns))


def _backlog_words(view: View, line: NodeLine) -> str:
    if line.waiting is None:
        return _missing(view)
    key = "waiting_then" if line.standing is Standing.SILENT else "waiting"
    words = [view.t(f"dashboard_edge.{key}", n=display.number(line.waiting))]
    if line.behind_s is not None and line.waiting and line.behind_s > BEHIND_S:
        words.append(view.t("dashboard_edge.behind", age=display.age(line.behind_s, view.lang)))
    return phrases(words)


def _course(view: View, line: NodeLine, now_ns: int) -> str:
    """Return the backlog of the last day; a time without a word of the node is a gap."""
    title = view.say("dashboard_edge.course")
    if not _drawable(line.seen.backlog):
        told = any(value is not None for value in line.seen.backlog)
        said = view.t("dashboard_edge.young") if told else _missing(view)
        return f'<h3>{escape(title)}</h3><p class="g-muted">{said}</p>'
    alt = view.say("dashboard_edge.spark.desc", most=display.number(_most(line.seen.backlog)))
    chart = drawing.trend(
        [min(time_ns, now_ns) for time_ns in line.seen.times_ns],
        [drawing.Line(name="", values=list(line.seen.backlog))],
        zone=view.zone,
        unit=view.say("dashboard_edge.unit"),
        title=title,
        desc=alt,
        width=CHART[0],
        height=CHART[1],
        ink=view.palette.ink(),
    )
    return f"<h3>{escape(title)}</h3>{image(chart, f'{title}: {alt}', 'g-drawing g-node-course')}"


def account(view: View, line: NodeLine) -> str:
    """Return where the node's samples went, of the last day and of all time, and whether the account closes."""
    title = view.t("dashboard_edge.account.title")
    day, month = line.told.day, line.told.month
    if month is None:
        return card(title, f'<p class="g-muted">{view.t("dashboard_edge.account.none")}</p>')
    names = ("sampled", "stored", "spooled", "quarantined", "dropped", "lost")
    heads = "".join(f'<th class="g-right">{view.t(f"dashboard_edge.account.{name}")}</th>' for name in ("day", "month"))
    rows = "".join(
        f"<tr><td>{view.t(f'dashboard_edge.account.{name}')}</td>{_count(day, name)}{_count(month, name)}</tr>"
        for name in names
    )
    verdict = view.t(f"dashboard_edge.account.{'closes' if month.closes else 'open'}", n=display.number(month.lost))
    mark = "✓" if month.closes else "✗"
    said = [f'<p><span class="g-mark" aria-hidden="true">{mark}</span> {verdict}</p>']
    if line.told.open_hours_ns:
        hours = ", ".join(display.moment(at_ns, view.zone) for at_ns in line.told.open_hours_ns[-HOURS_SHOWN:])
        said.append(f'<p class="g-when">{view.t("dashboard_edge.account.hours", hours=hours)}</p>')
    if month.dropped:
        reasons = ", ".join(f"{reason} {display.number(n)}" for reason, n in sorted(month.dropped.items()))
        said.append(f'<p class="g-when">{view.t("dashboard_edge.account.reasons", reasons=reasons)}</p>')
    table_ = f'<table class="g-table"><tr><th></th>{heads}</tr>{rows}</table>'
    return card(title, f"{''.join(said)}{table_}")


def _count(account_: Account | None, name: str) -> str:
    if account_ is None:
        return f'<td class="g-right g-missing">{display.UNKNOWN}</td>'
    n = sum(account_.dropped.values()) if name == "dropped" else int(getattr(account_, name))
    return f'<td class="g-right">{display.number(n)}</td>'


def refused(view: View, line: NodeLine) -> str:
    """Return what the centre refused of the node by reason, with the newest of each."""
    title = view.t("dashboard_edge.refused.title")
    if not line.told.refused:
        return card(title, f'<p class="g-muted">{view.t("dashboard_edge.refused.none")}</p>')
    rows = "".join(_refusal(view, one) for one in line.told.refused)
    note = f'<p class="g-when">{view.t("dashboard_edge.refused.where")}</p>'
    return card(title, f'<ul class="g-list">{rows}</ul>{note}')


def _refusal(view: View, one: Refusal) -> str:
    newest = view.t("dashboard_edge.refused.newest", age=view.ago(one.newest_ns)) if one.newest_ns else ""
    return (
        f'<li><b>{named(one.reason)}</b> <span class="g-count">{display.number(one.count)}</span> '
        f'<span class="g-when">{newest}</span><div class="g-when">{named(one.detail)}</div></li>'
    )


def members(view: View, line: NodeLine) -> str:
    """Return the devices of the node, those that are silent first."""
    title = view.t("dashboard_edge.members")
    if not line.seen.members:
        return ""
    order = (State.STALE, State.MISSING, State.FRESH)
    listed = sorted(line.seen.members, key=lambda member: order.index(member.state))
    rows = "".join(
        f"<tr><td>{link('device', named(member.name), device=member.name)}</td>"
        f"<td>{state_of(view, member.state, time_ns=member.seen_ns)}</td>"
        f'<td class="g-right">{view.t("dashboard_edge.points", fresh=member.fresh, n=member.points)}</td></tr>'
        for member in listed[:MEMBERS_SHOWN]
    )
    hidden = len(listed) - MEMBERS_SHOWN
    more = f'<p class="g-muted">{view.t("dashboard_rack.alarms.more", n=hidden)}</p>' if hidden > 0 else ""
    return card(f'{title} <span class="g-count">{len(listed)}</span>', f'<table class="g-table">{rows}</table>{more}')
