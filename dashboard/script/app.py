"""The Streamlit script: one run per viewer and interaction; everything dear is shared between viewers."""

from __future__ import annotations

import gc
from functools import partial
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import streamlit as st

import dashboard
from dashboard.data import Watch
from dashboard.frame import view_of
from dashboard.keys import listen, tools
from dashboard.navigation import LONGEST, kept, links, on_wall
from dashboard.pages import PAGES
from dashboard.palette import palette
from dashboard.site_file import SiteFile
from greendc.clock import SystemClock
from greendc.errors import ConfigError, StoreError
from greendc.ledger import SqliteLedger
from greendc.settings import Settings
from greendc.storage import open_store
from greendc.texts import DEFAULT_LANGUAGE, LANGUAGES, language, t

LANGUAGE_PARAMETER = "lang"
SWITCH = "language"
NAMES = {"zh": "中文", "en": "EN"}
START = "start"
STYLE = Path(dashboard.__file__).with_name("style.css")


@st.cache_resource(show_spinner=False, on_release=Watch.close)
def shared_watch(site: Path, data_dir: Path, store: str) -> Watch:
    """Return the one watch of this process.

    Raises:
        ConfigError: the site file has errors.
        StoreError: the ledger cannot be opened.
    """
    file = SiteFile(site)
    settings = Settings()
    token = settings.secret("store_read_token") or settings.secret("store_token")
    watch = Watch(
        file.read,
        lambda: open_store(store, data_dir, token=token, read_only=True),
        SqliteLedger(data_dir / "ledger.sqlite"),
        data_dir,
        SystemClock(),
    )
    # What is imported by now stays for good: keep the collector from walking through it again and again.
    gc.collect()
    gc.freeze()
    return watch


def choose_language() -> str:
    """Show the switch and return the choice: that of the address, else that of the browser's locale."""
    asked = st.query_params.get(LANGUAGE_PARAMETER, "")
    if SWITCH not in st.session_state:
        st.session_state[SWITCH] = asked if asked in LANGUAGES else language(st.context.locale or DEFAULT_LANGUAGE)
    chosen = (
        st.segmented_control(
            t("dashboard.language", st.session_state[SWITCH]),
            LANGUAGES,
            format_func=NAMES.__getitem__,
            key=SWITCH,
            label_visibility="collapsed",
            required=True,
        )
        or DEFAULT_LANGUAGE
    )
    if chosen != asked and (asked or chosen != language(st.context.locale or DEFAULT_LANGUAGE)):
        st.query_params[LANGUAGE_PARAMETER] = chosen
    return chosen


def main() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_title="greendc", layout="wide", initial_sidebar_state="collapsed")
    st.html(f"<style>:root{{{palette(st.context.theme.type).variables()}}}{STYLE.read_text('utf-8')}</style>")
    lang = choose_language()
    try:
        settings = Settings()
        watch = shared_watch(Path(settings.get("site")), settings.data_dir, settings.get("store"))
    except ConfigError as error:
        _broken(error, lang)
        return
    except StoreError as error:
        st.error(t("dashboard.config.ledger", lang) + "\n\n" + str(error))
        return
    pages = {
        page.path: st.Page(
            partial(page.show, watch, lang),
            title=t(f"dashboard.page.{page.path}", lang),
            url_path=START if page is PAGES[0] else page.path,
            default=page is PAGES[0],
        )
        for page in PAGES
    }
    # The first page has no name in the address; who writes its name gets it all the same.
    first = PAGES[0]
    known = [
        *pages.values(),
        st.Page(partial(first.show, watch, lang), title=pages[first.path].title, url_path=first.path),
    ]
    asked = page_asked()
    if asked and asked not in {START, *(page.url_path for page in known)}:
        # Without a page of that name a dialog in English would say so.
        known.append(st.Page(partial(_lost, watch, lang), title=pages[first.path].title, url_path=asked))
    # Its own menu hides pages behind a button on a phone, and forgets the language.
    opened = st.navigation(known, position="hidden")
    path = next((path for path, page in pages.items() if page is opened), first.path)
    try:
        _around(watch, pages, path, lang)
        opened.run()
    except ConfigError as error:
        _broken(error, lang)


def page_asked() -> str:
    """Return the name of the page in the address as the browser has it, empty for the first page and for no name."""
    name = unquote(urlsplit(st.context.url or "").path.strip("/").rpartition("/")[2]).strip()
    return "" if "/" in name or len(name) > LONGEST else name


def _lost(watch: Watch, lang: str) -> None:
    """Say that no page has this address, and show the first one; the name may be anything and is not repeated."""
    st.html(f'<p class="g-banner" role="status">{escape(t("dashboard_shell.lost", lang))}</p>')
    PAGES[0].show(watch, lang)


def _around(watch: Watch, pages: dict[str, st.Page], path: str, lang: str) -> None:
    """Show what stands around every page; on a wall only the way back."""
    view = view_of(watch, lang)
    if on_wall():
        st.html(f"<style>{STYLE.with_name('wall.css').read_text('utf-8')}</style>")
        with st.container(key="wall_shut", width="content"):
            st.page_link(pages[path], label=view.say("dashboard_shell.wall.shut"), query_params=kept())
    else:
        links(pages, path, lang)
        with st.container(key="tools", horizontal=True, width="content", gap=None):
            tools(view, watch.read_site(), pages)
    listen(view, pages)


def _broken(error: ConfigError, lang: str) -> None:
    st.error(t("dashboard.config.broken", lang) + "\n\n" + "\n\n".join(p.sentence(lang) for p in error.problems))


if __name__ == "__main__":
    main()
