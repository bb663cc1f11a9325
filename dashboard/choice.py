"""A choice that stands in the address, by a name that is the same in both languages.

What a person picks is written into the address; an address that changes (the back button, a link) is followed. A value
that is no option falls back to the default with one sentence, and is never shown: it may be anything.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import span
from dashboard.navigation import redraw_links
from dashboard.span import CUSTOM, DAY, KEYS, Range
from greendc import display
from greendc.texts import DEFAULT_LANGUAGE, t

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dashboard.markup import View

RANGE, FROM, TO, COMPARE = "range", "from", "to", "compare"


def pills(name: str, options: Sequence[str], say: Callable[[str], str], label: str, default: str) -> str:
    """Return one of a few options, shown side by side."""
    key = _begin(name, options, default)
    picked = st.segmented_control(
        label, options, format_func=say, key=key, label_visibility="collapsed", required=True, width="stretch"
    )
    return _end(name, options, picked or default, default)


def menu(name: str, options: Sequence[str], say: Callable[[str], str], label: str, default: str) -> str:
    """Return one of many options, shown as a list that opens."""
    key, words = _begin(name, options, default), distinct({option: say(option) for option in options})
    picked = st.selectbox(label, options, format_func=lambda option: words.get(option, option), key=key)
    return _end(name, options, picked or default, default)


def distinct(words: Mapping[str, str]) -> dict[str, str]:
    """Return what each option is called, no two the same: the browser sends back the words, not the option."""
    often = Counter(words.values())
    return {
        option: f"{said} · {display.one_line(option)}" if often[said] > 1 else said for option, said in words.items()
    }


def time_range(view: View, *, default: str = DAY, keys: Sequence[str] = KEYS) -> Range:
    """Return the time range of the address (``range``, or ``from`` and ``to`` in the site's zone), with its pills.

    Every page shares it. Two texts appear for a range of one's own; what cannot be read falls back to ``default``.
    """
    asked = _asked_range()
    own = _own(view, asked)
    meant = CUSTOM if asked[1] or asked[2] else asked[0] if asked[0] in keys else default
    if st.session_state.get("seen_range") != asked or st.session_state.get("choice_range") not in (*keys, CUSTOM):
        st.session_state.update(choice_range=meant, choice_from=asked[1], choice_to=asked[2])
    with st.container(key="range", gap="xsmall"):
        picked = st.segmented_control(
            view.say("dashboard_shell.range.label"),
            (*keys, CUSTOM),
            format_func=lambda key: view.say(f"dashboard_shell.range.{key}"),
            key="choice_range",
            label_visibility="collapsed",
            required=True,
        )
        picked = picked or default
        if picked == CUSTOM:
            own = _own_shown(
                view, asked, own or span.named(meant if meant in keys else default, view.now_ns, view.zone)
            )
        elif picked != meant:
            _write({RANGE: picked})
        found = (own if picked == CUSTOM else None) or span.named(
            picked if picked in keys else default, view.now_ns, view.zone
        )
        wrong = (picked == CUSTOM and own is None) or (picked == meant and asked[0] not in ("", *keys) and not own)
        _said(view, found, wrong=wrong)
    st.session_state["seen_range"] = _asked_range()
    redraw_links()
    return found


def compare(view: View, found: Range) -> Range | None:
    """Return the period before a range when the viewer compares with it (``compare=1`` in the address), else None."""
    asked = st.query_params.get(COMPARE, "")
    if st.session_state.get("seen_compare") != asked or "choice_compare" not in st.session_state:
        st.session_state["choice_compare"] = asked == "1"
    on = st.toggle(view.say("dashboard_shell.compare"), key="choice_compare")
    if on != (asked == "1"):
        _put(COMPARE, "1" if on else "")
    st.session_state["seen_compare"] = st.query_params.get(COMPARE, "")
    redraw_links()
    return span.before(found, view.zone) if on else None


def _asked_range() -> tuple[str, str, str]:
    return (st.query_params.get(RANGE, ""), st.query_params.get(FROM, ""), st.query_params.get(TO, ""))


def _own(view: View, asked: tuple[str, str, str]) -> Range | None:
    return span.between(asked[1], asked[2], view.now_ns, view.zone) if asked[1] else None


def _own_shown(view: View, asked: tuple[str, str, str], start: Range) -> Range | None:
    """Show the two texts of a range of one's own and return what they mean, None when they mean nothing."""
    if not (asked[1] or asked[2]):
        st.session_state["choice_from"] = span.written(start.start_ns, view.zone)
        st.session_state["choice_to"] = span.written(start.end_ns, view.zone)
    with st.container(horizontal=True, gap="small"):
        texts = [
            st.text_input(
                view.say(f"dashboard_shell.range.{name}"), key=f"choice_{name}", max_chars=span.LONGEST_TEXT, width=220
            )
            for name in (FROM, TO)
        ]
    begin, end = (text or "" for text in texts)
    if (begin, end) != asked[1:]:
        _write({FROM: begin, TO: end})
    return span.between(begin, end, view.now_ns, view.zone)


def _said(view: View, found: Range, *, wrong: bool) -> None:
    """Say which range is shown, in the site's time, and that the address asked for another when it did."""
    begin, end = (display.moment(time_ns, view.zone) for time_ns in (found.start_ns, found.end_ns))
    words = view.t("dashboard_shell.range.said", start=begin, end=end, zone=display.zone_label(view.zone, found.end_ns))
    lead = f"<b>{view.t('dashboard_shell.range.refused')}</b> " if wrong else ""
    st.html(f'<p class="g-when" data-range="{found.key}">{lead}{words}</p>')


def _write(fields: dict[str, str]) -> None:
    for name in (RANGE, FROM, TO):
        _put(name, fields.get(name, ""))


def _put(name: str, value: str) -> None:
    if value and st.query_params.get(name, "") != value:
        st.query_params[name] = value
    elif not value and name in st.query_params:
        del st.query_params[name]


def _begin(name: str, options: Sequence[str], default: str) -> str:
    key, seen = f"choice_{name}", f"seen_{name}"
    asked = st.query_params.get(name, "")
    if st.session_state.get(key) not in options or asked != st.session_state.get(seen, asked):
        st.session_state[key] = asked if asked in options else default
    else:
        # What a menu of this name on another page left behind counts for this one only when it is said again.
        st.session_state[key] = st.session_state[key]
    return key


def _end(name: str, options: Sequence[str], picked: str, default: str) -> str:
    asked = st.query_params.get(name, "")
    wrong = asked not in ("", *options)
    if picked != asked and not (wrong and picked == default) and (asked or picked != default):
        st.query_params[name] = picked
    elif wrong:
        lang = st.session_state.get("language", DEFAULT_LANGUAGE)
        st.html(f'<p class="g-when">{t("dashboard_shell.refused", lang)}</p>')
    st.session_state[f"seen_{name}"] = st.query_params.get(name, "")
    return picked
