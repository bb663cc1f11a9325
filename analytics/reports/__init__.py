"""Reports of a period that others can check: one way in, the folder that comes out, and its proof.

`build` gathers the facts, hides names, finds the words and writes all formats; `verify` needs the folder alone.
"""

from __future__ import annotations

from analytics.reports.account import AccountLine, account_lines
from analytics.reports.build import STEPS, build
from analytics.reports.making import FORMATS, HTML, PDF, XLSX
from analytics.reports.package.finding import Finding
from analytics.reports.package.verify import verify
from analytics.reports.releasing import LeftOpenError, OpenFigure, not_final
from analytics.reports.request import Masking, ReportKind, Request
from analytics.reports.versions import BUILT, BuiltNote

__all__ = [
    "BUILT",
    "FORMATS",
    "HTML",
    "PDF",
    "STEPS",
    "XLSX",
    "AccountLine",
    "BuiltNote",
    "Finding",
    "LeftOpenError",
    "Masking",
    "OpenFigure",
    "ReportKind",
    "Request",
    "account_lines",
    "build",
    "not_final",
    "verify",
]
