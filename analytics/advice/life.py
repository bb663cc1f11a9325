"""The life of a recommendation, as the ledger tells it: which ones there are, and in which state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.advice.recommendation import Recommendation
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from greendc.contracts import Ledger

PROPOSED = "advice.proposed"
ACCEPTED = "advice.accepted"
REJECTED = "advice.rejected"
DONE = "advice.done"
WITHDRAWN = "advice.withdrawn"
VALID_NS = 30 * 24 * NS_PER_HOUR
"""A proposal older than this is no longer shown: its evidence has aged."""


def last_proposed(ledger: Ledger, until_ns: int | None = None) -> dict[str, Recommendation]:
    """Return each advice as it was proposed last, with the state that later decisions gave it.

    ``until_ns`` leaves out what happened later.
    """
    kinds = (PROPOSED, ACCEPTED, REJECTED, DONE, WITHDRAWN)
    events = sorted((event for kind in kinds for event in ledger.events(kind=kind)), key=lambda event: event.seq)
    found: dict[str, Recommendation] = {}
    for event in events:
        if until_ns is not None and event.time_ns > until_ns:
            continue
        if event.kind == PROPOSED:
            found[event.subject] = msgspec.json.decode(event.body, type=Recommendation)
        elif event.subject in found:
            state = event.kind.removeprefix("advice.")
            found[event.subject] = msgspec.structs.replace(found[event.subject], state=state)
    return found


def open_advice(ledger: Ledger, now_ns: int | None = None) -> list[Recommendation]:
    """Return advice that is proposed or accepted, the most valuable first; with ``now_ns`` only what was fresh then."""
    known = last_proposed(ledger, now_ns).values()
    fresh = [a for a in known if now_ns is None or now_ns - a.proposed_ns <= VALID_NS]
    alive = [advice for advice in fresh if advice.state in {"proposed", "accepted"}]
    return sorted(alive, key=lambda advice: (-advice.energy_kwh.p50, advice.id))
