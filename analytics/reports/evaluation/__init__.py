"""Packages of several centres beside each other: verified first, then compared as far as they can be."""

from __future__ import annotations

from analytics.reports.evaluation.centre import Centre, opened
from analytics.reports.evaluation.differences import Difference, differences
from analytics.reports.evaluation.files import files_of
from analytics.reports.evaluation.side_by_side import document

__all__ = ["Centre", "Difference", "differences", "document", "files_of", "opened"]
