"""The pages. A page is one file here and one line in `PAGES`."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from dashboard.data import Watch
from dashboard.pages.advice import show as advice
from dashboard.pages.alarm_performance import show as alarm_performance
from dashboard.pages.alarms import show as alarms
from dashboard.pages.device import show as device
from dashboard.pages.edge_sites import show as edge_sites
from dashboard.pages.efficiency import show as efficiency
from dashboard.pages.energy_flow import show as energy_flow
from dashboard.pages.lineage import show as lineage
from dashboard.pages.overview import show as overview
from dashboard.pages.power_chain import show as power_chain
from dashboard.pages.quality import show as quality
from dashboard.pages.rack import show as rack
from dashboard.pages.reports import show as reports
from dashboard.pages.system import show as system
from dashboard.pages.thermal import show as thermal


class PageEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One page: its address (English, so that links survive a change of language) and what shows it.

    Its title is ``dashboard.page.<path>``.
    """

    path: str
    show: Callable[[Watch, str], None]


PAGES: tuple[PageEntry, ...] = (
    PageEntry(path="overview", show=overview),
    PageEntry(path="thermal", show=thermal),
    PageEntry(path="rack", show=rack),
    PageEntry(path="device", show=device),
    PageEntry(path="power_chain", show=power_chain),
    PageEntry(path="edge_sites", show=edge_sites),
    PageEntry(path="alarms", show=alarms),
    PageEntry(path="alarm_performance", show=alarm_performance),
    PageEntry(path="energy_flow", show=energy_flow),
    PageEntry(path="efficiency", show=efficiency),
    PageEntry(path="advice", show=advice),
    PageEntry(path="quality", show=quality),
    PageEntry(path="lineage", show=lineage),
    PageEntry(path="reports", show=reports),
    PageEntry(path="system", show=system),
)
