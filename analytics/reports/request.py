"""What report is asked for: its kind, its period, and who may see what in it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class ReportKind(StrEnum):
    """The kinds of reports.

    ``MID_TERM`` and ``ACCEPTANCE`` have the structure of the provincial guide, ``MONTHLY`` is the operator's,
    ``EU`` the sheet of Regulation (EU) 2024/1364.
    """

    MID_TERM = "mid-term"
    ACCEPTANCE = "acceptance"
    MONTHLY = "monthly"
    EU = "eu"


class Masking(StrEnum):
    """Who reads a report. ``INTERNAL`` names everything.

    ``EVALUATOR`` names the site and calls its devices, rooms, racks and people by numbers. ``PUBLIC`` does not name
    the site either, and gives no step shorter than a month.
    """

    INTERNAL = "internal"
    EVALUATOR = "evaluator"
    PUBLIC = "public"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A report that is asked for, of [start_ns, end_ns).

    ``final`` asks for a report that is no draft; ``strict`` for none at all where something would be left open.
    """

    kind: ReportKind
    start_ns: int
    end_ns: int
    langs: tuple[str, ...]
    masking: Masking = Masking.INTERNAL
    final: bool = False
    strict: bool = False
