"""The pages. A page is one file here and one line in `PAGES`."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from dashboard.data import Watch
from dashboard.pages.overview import show as overview


class PageEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One page: its address (English, so that links survive a change of language), its section and what shows it.

    Its title is ``dashboard.page.<path>``, its section's ``dashboard.section.<section>``.
    """

    path: str
    section: str
    show: Callable[[Watch, str], None]


PAGES: tuple[PageEntry, ...] = (PageEntry(path="overview", section="operate", show=overview),)
