"""What a recommendation is, what a refusal is, and the fold of the ledger that says which ones are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from greendc import display
from greendc.clock import NS_PER_HOUR
from greendc.texts import t

if TYPE_CHECKING:
    from greendc.contracts import Ledger

PROPOSED = "advice.proposed"
ACCEPTED = "advice.accepted"
REJECTED = "advice.rejected"
DONE = "advice.done"
WITHDRAWN = "advice.withdrawn"
VALID_NS = 30 * 24 * NS_PER_HOUR
"""A proposal older than this is no longer shown: its evidence has aged."""


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """The 10th, 50th and 90th percentile of an uncertain quantity."""

    p10: float
    p50: float
    p90: float

    def scaled(self, factor: float) -> Spread:
        """Return the spread of a multiple."""
        return Spread(p10=self.p10 * factor, p50=self.p50 * factor, p90=self.p90 * factor)


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A guard rail or precondition: passed, failed or not_evaluable; worded by `advice.check.<key>.<status>`."""

    key: str
    status: str
    params: dict[str, str] = {}

    def text(self, lang: str | None = None) -> str:
        """Return the finding for a person."""
        return t(f"advice.check.{self.key}.{self.status}", lang, **self.params)


class Coefficient(msgspec.Struct, frozen=True, kw_only=True):
    """A number that the saving rests on, fitted or prior, with its source."""

    name: str
    low: float
    mode: float
    high: float
    source: str
    confidence: str


class Recommendation(msgspec.Struct, frozen=True, kw_only=True):
    """A change worth making: one actuator from -> to, its worth for a year, and what must hold.

    ``energy_kwh``, ``money`` and ``carbon_kg`` are savings for a year on total energy at equal IT work; money and
    carbon are None when the site has no tariff or its region no factor. ``steps`` are the set-points of each day.
    ``seed`` makes the draws repeatable.
    """

    id: str
    advisor: str
    actuator: str
    change_from: float
    change_to: float
    unit: str
    steps: tuple[float, ...]
    energy_kwh: Spread
    money: Spread | None
    currency: str
    carbon_kg: Spread | None
    carbon_source: str
    guards: tuple[Check, ...]
    preconditions: tuple[Check, ...]
    coefficients: tuple[Coefficient, ...]
    method: str
    evidence_from_ns: int
    evidence_to_ns: int
    evidence_coverage: float
    seed: int
    proposed_ns: int
    state: str = "proposed"

    def title(self, lang: str | None = None) -> str:
        """Return what to do, in a few words."""
        return t(f"advice.{self.advisor}.title", lang)

    def proposal(self, lang: str | None = None) -> str:
        """Return the change with its numbers."""
        shown = {"low": self.change_from, "high": self.change_to}
        params = {name: str(display.stored(value, self.unit)) for name, value in shown.items()}
        return t(f"advice.{self.advisor}.proposal", lang, actuator=self.actuator, days=str(len(self.steps)), **params)

    def checks(self, lang: str | None = None) -> list[str]:
        """Return preconditions and guard rails in words."""
        return [check.text(lang) for check in (*self.preconditions, *self.guards)]


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why an advisor says nothing: a code of `advice.reason.*`, and what is missing (`advice.needs.*`)."""

    advisor: str
    reason: str
    missing: tuple[str, ...] = ()

    def text(self, lang: str | None = None) -> str:
        """Return the reason for a person."""
        missing = ", ".join(t(f"advice.needs.{need}", lang) for need in self.missing)
        return t(f"advice.reason.{self.reason}", lang, missing=missing)


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
