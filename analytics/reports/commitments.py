"""What the construction plan promised, and what people declare: read from files, never measured.

``commitments.toml`` holds targets with their dates, the baseline, and remarks of the mid-term evaluation with answers;
``declared.toml`` holds texts for the aspects that nothing measures. Each entry has an author and a date. A target or
the baseline is never overwritten: a change is added to it, and what it said before stays.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


ASPECTS = (
    "application_effect",
    "data_openness",
    "standards",
    "energy_saving",
    "economic_benefit",
    "resource_use",
    "security",
)
"""The seven aspects that the provincial guide judges a centre by, in its order."""


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One promise of the plan as it stands now: a figure by its key, what it is to be, and by when.

    ``most`` and ``least`` are in the figure's printed unit; one of them is set, or both for a band. ``part`` names the
    module of a figure that is given by module. ``changed`` says why it differs from the plan, empty where it does not;
    ``before`` is what it said earlier, the plan first, each with its own author and date.
    """

    kpi: str
    by: dt.date
    author: Name
    date: dt.date
    part: str = ""
    most: float | None = None
    least: float | None = None
    changed: str = ""
    before: tuple[Target, ...] = ()

    @property
    def planned(self) -> Target:
        """Return the promise as the plan made it."""
        return self.before[0] if self.before else self

    def since(self, day: dt.date) -> tuple[Target, ...]:
        """Return what the promise became after a day, such as that of the mid-term evaluation, the latest last."""
        return tuple(one for one in (*self.before[1:], *((self,) if self.before else ())) if one.date > day)


class Baseline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The period that the centre is compared with: the days from ``start`` to ``end``, both included.

    ``values`` are figures from before it was metered here, by key in their printed unit, and ``source`` says where they
    are from. ``changed`` and ``before`` are as of a `Target`.
    """

    start: dt.date
    end: dt.date
    author: Name
    date: dt.date
    values: dict[str, float] = {}
    source: str = ""
    changed: str = ""
    before: tuple[Baseline, ...] = ()


class RemarkAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A remark of the mid-term evaluation and the centre's answer to it."""

    remark: Text
    date: dt.date
    answer: str = ""
    answered_by: str = ""
    answered_on: dt.date | None = None


class Commitments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file ``commitments.toml`` says. ``industry`` completes the official name of a provincial centre.

    ``mid_term`` is the day of the mid-term evaluation; what changed after it is listed.
    """

    schema: int
    industry: str = ""
    plan: str = ""
    mid_term: dt.date | None = None
    baseline: Baseline | None = None
    targets: list[Target] = []
    remarks: list[RemarkAnswer] = []


class DeclaredText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text for one of `ASPECTS`, in either language or both."""

    aspect: str
    author: Name
    date: dt.date
    zh: str = ""
    en: str = ""
