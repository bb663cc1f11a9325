"""The words of a report: its facts become one document for each language, with the sections that its kind has."""

from __future__ import annotations

from analytics.reports.sections.skeleton import document

__all__ = ["document"]
