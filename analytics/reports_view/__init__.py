"""What the reports page shows: what a report of a period would lack, and the reports there are with their proof."""

from __future__ import annotations

from analytics.reports_view.acts import TAKEN, VERIFIED, note_taken, note_verified, verified
from analytics.reports_view.history import FileLine, ReportLine, Seal, history_of, packed
from analytics.reports_view.preflight import Preflight, preflight_of

__all__ = [
    "TAKEN",
    "VERIFIED",
    "FileLine",
    "Preflight",
    "ReportLine",
    "Seal",
    "history_of",
    "note_taken",
    "note_verified",
    "packed",
    "preflight_of",
    "verified",
]
