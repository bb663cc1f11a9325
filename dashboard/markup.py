"""Pieces of HTML that every page uses: figures in their four states, alarm chips, cards. All text is escaped here."""

from __future__ import annotations

import datetime as dt
from html import escape
from typing import TYPE_CHECKING

import msgspec

from analytics.overview import Figure, State
from dashboard.palette import MARKS, RANKS, Palette
from greendc import display, drawing
from greendc.texts import t

if TYPE_CHECKING:
    from greendc.display import Shown

APPROXIMATELY = "≈"


class View(msgspec.Struct, frozen=True, kw_only=True):
    """How one viewer looks at the page: language, colours, the site's zone, and the instant ages count from."""

    lang: str
    palette: Palette
    zone: dt.tzinfo
    now_ns: int

    def t(self, key: str, /, **params: str | float) -> str:
        """Return a text of the catalogue, escaped, in the viewer's language."""
        return escape(t(key, self.lang, **params))

    def say(self, key: str, /, **params: str | float) -> str:
        """Return a text as it is, for what is escaped later."""
        return t(key, self.lang, **params)

    def ago(self, time_ns: int) -> str:
        """Return the age of an instant."""
        return display.since(time_ns, self.now_ns, self.lang)


def figure(view: View, fact: Figure, shown: Shown) -> str:
    """Return a number and its unit in the form of its state."""
    if fact.value is None:
        return f'<span class="g-value g-missing">{display.UNKNOWN}</span>'
    lead = f'<span class="g-approx">{APPROXIMATELY}</span>' if fact.state is State.ESTIMATED else ""
    if fact.state is State.SUPPRESSED:
        lead = wrench(view)
    unit = f'<span class="g-unit">{escape(shown.unit)}</span>' if shown.unit else ""
    digits = f'<span class="g-number">{escape(shown.number)}</span>'
    return f'<span class="g-value g-{fact.state.value}">{lead}{digits}{unit}</span>'


def provenance(view: View, fact: Figure) -> str:
    """Return when a figure was sampled, or why it is not fresh: the line under every number."""
    if fact.state is State.FRESH:
        said = view.t("dashboard.figure.at", time=display.clock(fact.time_ns, view.zone), age=view.ago(fact.time_ns))
        return f'<span class="g-when">{said}</span>'
    if fact.state is State.STALE:
        lead = view.t("dashboard.figure.stale", age=view.ago(fact.time_ns))
    else:
        lead = view.t(f"dashboard.figure.{fact.state.value}")
    return f'<span class="g-tag g-tag-{fact.state.value}">{lead}</span> <span class="g-when">{why(view, fact)}</span>'


def tag(view: View, state: State, words: str) -> str:
    """Return the label of a state, with what it is about: an age, a reason; ``words`` is HTML already."""
    return f'<span class="g-tag g-tag-{state.value}">{words or view.t(f"dashboard_shell.state.{state.value}")}</span>'


def state_of(view: View, state: State, *, time_ns: int = 0, until_ns: int = 0, reason: str = "") -> str:
    """Return a state in words, for what is no `Figure`: stale since when, suppressed until when, else and why.

    ``reason`` is a code with a text under ``overview.reason`` or ``kpis.reason``; a fresh thing says its age alone.
    """
    if state is State.FRESH:
        return f'<span class="g-when">{view.t("dashboard_shell.state.age", age=view.ago(time_ns))}</span>'
    words = view.t(f"dashboard_shell.state.{state.value}")
    if state is State.STALE and time_ns:
        words = view.t("dashboard.figure.stale", age=view.ago(time_ns))
    if state is State.SUPPRESSED and until_ns:
        words = view.t("dashboard_shell.state.until", time=display.moment(until_ns, view.zone))
    because = f' <span class="g-when">{escape(_reason(view.lang, reason))}</span>' if reason else ""
    return f"{wrench(view) if state is State.SUPPRESSED else ''}{tag(view, state, words)}{because}"


def wrench(view: View) -> str:
    """Return the mark of maintenance."""
    return f'<img class="g-wrench" alt="" src="{drawing.data_uri(drawing.wrench(view.palette.muted))}">'


def cell(state: State, body: str, *, name: str = "") -> str:
    """Return a box whose frame shows a state: dashed, dotted, hatched, double; ``body`` is HTML already."""
    mark = f' data-cell="{escape(name)}"' if name else ""
    return f'<div class="g-cell g-card-{state.value}"{mark}>{body}</div>'


def why(view: View, fact: Figure) -> str:
    """Return the reason of a figure in words."""
    if not fact.reason:
        return ""
    reason = _reason(view.lang, fact.reason)
    if fact.detail:
        return view.t("dashboard.figure.why_detail", reason=reason, detail=fact.detail)
    return escape(reason)


def _reason(lang: str, code: str) -> str:
    for key in (f"overview.reason.{code}", f"kpis.reason.{code}"):
        try:
            return t(key, lang)
        except KeyError:
            continue
    return t("overview.reason.unknown", lang)


def chip(view: View, priority: str, text: str, *, acknowledged: bool = False) -> str:
    """Return an alarm's mark: colour, shape, number and word at once; outlined when acknowledged."""
    state = "acknowledged" if acknowledged else "open"
    return (
        f'<span class="g-chip g-{priority} g-{state}"><span aria-hidden="true">{MARKS[priority]}</span> '
        f"P{RANKS[priority]} {view.t(f'dashboard.priority.{priority}')}{f' {escape(text)}' if text else ''}</span>"
    )


def phrases(words: list[str]) -> str:
    """Return phrases in one line that breaks between them and not within; empty ones are left out."""
    return " · ".join(f'<span class="g-phrase">{word}</span>' for word in words if word)


def card(title: str, body: str, *, kind: str = "", state: str = "") -> str:
    """Return a card; ``title`` and ``body`` are HTML already. ``state`` marks the whole card."""
    classes = " ".join(word for word in ("g-card", kind, f"g-card-{state}" if state else "") if word)
    return f'<section class="{classes}"><h2>{title}</h2>{body}</section>'


def bare(title: str, body: str) -> str:
    """Return the inside of a card whose frame is a container of Streamlit, because a widget stands in it too."""
    return f"<h2>{title}</h2>{body}"


def image(svg: str, alt: str, kind: str = "g-drawing") -> str:
    """Return a drawing as an image: markup in a page is sanitised, and SVG elements would be dropped."""
    return f'<img class="{kind}" alt="{escape(alt)}" src="{drawing.data_uri(svg)}">'
