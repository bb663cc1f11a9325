"""What an advisor is: one kind of advice, what telemetry it needs, and the question it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec

from analytics.advice.recommendation import Recommendation, Refusal
from analytics.advice.situation import Situation

Answer: TypeAlias = Recommendation | Refusal


class Advisor(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of advice. Its texts are `advice.<key>.title` and ``proposal``, its needs `advice.needs.*`.

    ``advise`` returns recommendations and at least one answer; it reads, and never acts.
    """

    key: str
    needs: tuple[str, ...]
    advise: Callable[[Situation], Sequence[Answer]]
