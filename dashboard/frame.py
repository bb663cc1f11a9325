"""What every page has around its own content: the head, and what it says while there is nothing to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from dashboard.header import header
from dashboard.markup import View, card
from dashboard.navigation import kept, on_wall
from dashboard.palette import palette
from dashboard.person import acting
from dashboard.span import CUSTOM, DAY, KEYS
from greendc import display

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.overview import Overview
    from dashboard.data import Watch
    from dashboard.shelf import Answer

T = TypeVar("T")


def view_of(watch: Watch, lang: str) -> View:
    """Return how this viewer looks at the page now."""
    zone = watch.read_site().zone()
    return View(lang=lang, palette=palette(st.context.theme.type), zone=zone, now_ns=watch.now_ns())


def head(watch: Watch, lang: str) -> None:
    """Show the head of a page, and show it anew every tick."""

    @st.fragment(run_every=every())
    def live() -> None:
        page = watch.overview()
        view = View(
            lang=lang, palette=palette(st.context.theme.type), zone=watch.read_site().zone(), now_ns=page.now_ns
        )
        st.html(heading(view, page))

    live()


def live(watch: Watch, lang: str, body: Callable[[Watch, View], None], *, every_s: int) -> None:
    """Show a page: its head, and beneath it what ``body`` draws, shown anew every ``every_s`` seconds."""
    head(watch, lang)

    @st.fragment(run_every=every_s)
    def again() -> None:
        body(watch, view_of(watch, lang))

    again()


def every() -> str:
    """Return how often the live parts of a page are shown anew."""
    return "10s" if on_wall() else "2s"


def heading(view: View, page: Overview) -> str:
    """Return the head of a page: the site's state, the time range that links carry, and who looks."""
    asked = kept()
    key = CUSTOM if "from" in asked or "to" in asked else asked.get("range", DAY)
    label = view.say(f"dashboard_shell.range.{key if key in (*KEYS, CUSTOM) else DAY}")
    who = view.say(f"dashboard_shell.who.{'operator' if acting() else 'reader'}")
    return header(view, page, span=view.say("dashboard_shell.header.range", range=label), who=who)


def until(ready: Callable[[], bool]) -> None:
    """Look every second whether what a page waits for is there, and show the page anew once it is."""

    @st.fragment(run_every="1s")
    def look() -> None:
        if ready():
            st.rerun()

    look()


def nothing(title: str, words: list[str]) -> None:
    """Show a card in the place of what is not there yet; title and words are HTML already."""
    body = "".join(f"<p>{word}</p>" for word in words)
    st.html(card(title, body, kind="g-empty"))


def unanswered(view: View, answer: Answer[T], what: str) -> str:
    """Return a line on why an answer is missing or old: the store is away, or it is being computed; else nothing."""
    if answer.away is not None:
        since = display.clock(answer.away.since_ns, view.zone)
        return f'<p class="g-muted">{view.t("dashboard.frame.away", what=what, time=since)}</p>'
    if answer.value is None and answer.pending:
        return f'<p class="g-muted">{view.t("dashboard.frame.pending", what=what)}</p>'
    return ""
