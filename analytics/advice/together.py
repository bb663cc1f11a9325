"""All open advice at once: what is left of each saving when everything before it is carried out too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.advice.recommendation import Recommendation
from analytics.advice.worth import worth_of
from analytics.site_model import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation


def together(situation: Situation, answers: Sequence[Answer]) -> list[Answer]:
    """Return the answers, each recommendation with what it adds to all before it.

    Changes that the site model knows are replayed at once, never added up; others do not touch each other.
    """
    found: list[Answer] = []
    merged, before_w = Change(), None
    span_ns = situation.now_ns - situation.start_ns
    for answer in answers:
        if not isinstance(answer, Recommendation) or answer.change is None:
            found.append(answer)
            continue
        merged = merged.merged(answer.change)
        saved_w = situation.replay(merged).saved_w()
        added_w = saved_w if before_w is None else saved_w - before_w
        before_w = saved_w
        frame = situation.sample
        worth = worth_of(added_w, frame.time_ns, frame.step_ns, span_ns, situation.prices, situation.draws)
        found.append(msgspec.structs.replace(answer, together_kwh=None if worth is None else worth.energy_kwh))
    return found
