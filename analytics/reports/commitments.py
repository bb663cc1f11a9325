"""What the construction plan promised, and what people declare: read from files, never measured.

``commitments.toml`` holds targets with their dates, the baseline, and remarks of the mid-term evaluation with answers;
``declared.toml`` holds texts for the aspects that nothing measures. Each entry has an author and a date.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One promise of the plan: a figure by its key, what it is to be, and by when.

    ``most`` and ``least`` are in the figure's printed unit. ``changed`` says why it differs from the plan.
    """

    kpi: str
    by: dt.date
    author: Name
    date: dt.date
    most: float | None = None
    least: float | None = None
    changed: str = ""


class Baseline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The period that the centre is compared with; ``values`` are figures from before it was metered here."""

    start: dt.date
    end: dt.date
    author: Name
    date: dt.date
    values: dict[str, float] = {}
    source: str = ""


class RemarkAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A remark of the mid-term evaluation and the centre's answer to it."""

    remark: Text
    date: dt.date
    answer: str = ""
    answered_by: str = ""
    answered_on: dt.date | None = None


class Commitments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file ``commitments.toml``. ``industry`` completes the official name of a provincial centre."""

    schema: int
    industry: str = ""
    plan: str = ""
    baseline: Baseline | None = None
    targets: list[Target] = []
    remarks: list[RemarkAnswer] = []


class DeclaredText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text for one aspect of the guide, such as ``application_effect``, in either language or both."""

    aspect: str
    author: Name
    date: dt.date
    zh: str = ""
    en: str = ""
