"""What a recommendation is, with all that a person must see before accepting it, and what a refusal is."""

from __future__ import annotations

from typing import Literal

import msgspec

from analytics.site_model import Change
from greendc import display
from greendc.texts import catalogue, t

Status = Literal["passed", "failed", "not_evaluable"]
Level = Literal["low", "medium", "high"]
Pay = Literal["energy", "money", "water", "reserve"]


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """The 10th, 50th and 90th percentile of an uncertain quantity."""

    p10: float
    p50: float
    p90: float

    def scaled(self, factor: float) -> Spread:
        """Return the spread of a multiple, a positive one."""
        return Spread(p10=self.p10 * factor, p50=self.p50 * factor, p90=self.p90 * factor)


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A guard rail or precondition: passed, failed or not_evaluable; worded by `advice.check.<key>.<status>`.

    One that is ``optional`` tells what is known and keeps nobody from accepting.
    """

    key: str
    status: Status
    params: dict[str, str] = {}
    optional: bool = False

    @property
    def stops(self) -> bool:
        """Tell whether this guard rail keeps a recommendation from being accepted."""
        return self.status != "passed" and not self.optional

    def text(self, lang: str | None = None) -> str:
        """Return the finding for a person."""
        return t(f"advice.check.{self.key}.{self.status}", lang, **self.params)


class Coefficient(msgspec.Struct, frozen=True, kw_only=True):
    """A number that the saving rests on, with its source; ``confidence`` is ``measured`` where the site's data tell it.

    ``low`` and ``high`` are one standard error away from ``mode``, or the ends of the prior's triangle.
    """

    name: str
    low: float
    mode: float
    high: float
    source: str
    confidence: str


class OneOff(msgspec.Struct, frozen=True, kw_only=True):
    """What the hottest rack comes to with one cooling unit off [degC], today and after the change; None is unknown."""

    now_c: float | None
    then_c: float | None
    limit_c: float


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How the saving will be verified, by the International Performance Measurement and Verification Protocol.

    ``option`` is A (one parameter measured), B (the part measured) or C (the whole site). ``method`` is ``baseline``
    or ``on_off`` (the change goes on and off in blocks of ``block_days``). ``target`` names whose energy is compared
    (``advice.target.*``), ``drivers`` what it is adjusted for, ``days`` how long it is measured at least.
    """

    option: Literal["A", "B", "C"]
    method: Literal["baseline", "on_off"]
    target: Literal["site", "cooling", "ups", "it"]
    drivers: tuple[str, ...] = ("it_w", "wet_bulb_c")
    days: int = 28
    block_days: int = 0

    def text(self, lang: str | None = None) -> str:
        """Return the plan for a person."""
        drivers = ", ".join(t(f"advice.driver.{name}", lang) for name in self.drivers)
        return t(
            f"advice.plan.{self.method}",
            lang,
            option=self.option,
            target=t(f"advice.target.{self.target}", lang),
            drivers=drivers,
            days=str(self.days),
            block=str(self.block_days),
        )


class Recommendation(msgspec.Struct, frozen=True, kw_only=True):
    """A change worth making: what to change, where, its worth, and what must hold.

    ``energy_kwh``, ``money``, ``carbon_kg`` (location-based), ``carbon_market_kg`` and ``water_m3`` are savings for a
    year on total energy at equal IT work, None where tariff, factor or meter is missing; ``evidence_kwh`` is what the
    change would have saved within the evidence window, without any projection. ``together_kwh`` is the year's saving
    that remains when all advice before it in the list is carried out too. ``cost`` is in ``currency``.
    ``change_from`` and ``change_to`` are those of one actuator, None where none has a number; ``steps`` are the
    set-points of each day. ``change`` is the change as the site model knows it. ``facts`` are the texts' parameters.
    ``pays_in`` says what the advice is given for; one that pays in ``money`` or ``water`` may cost energy, one that
    pays in ``reserve`` mends a guard rail that does not hold today. ``variant`` picks the wording within an advisor,
    ``basis`` the way its saving was found where it has several (`advice.<advisor>.basis.*`).
    """

    id: str
    advisor: str
    actuator: str
    energy_kwh: Spread
    guards: tuple[Check, ...]
    preconditions: tuple[Check, ...]
    coefficients: tuple[Coefficient, ...]
    evidence_from_ns: int
    evidence_to_ns: int
    evidence_coverage: float
    seed: int
    proposed_ns: int
    change_from: float | None = None
    change_to: float | None = None
    unit: str = ""
    steps: tuple[float, ...] = ()
    money: Spread | None = None
    currency: str = ""
    carbon_kg: Spread | None = None
    carbon_source: str = ""
    carbon_market_kg: Spread | None = None
    water_m3: Spread | None = None
    evidence_kwh: Spread | None = None
    together_kwh: Spread | None = None
    cost: Spread | None = None
    payback_years: Spread | None = None
    risk: Level = "low"
    effort: Level = "low"
    plan: Plan | None = None
    one_off: OneOff | None = None
    change: Change | None = None
    facts: dict[str, str] = {}
    expires_ns: int = 0
    pays_in: Pay = "energy"
    variant: str = ""
    basis: str = ""
    state: str = "proposed"

    @property
    def obstacles(self) -> tuple[Check, ...]:
        """Return what keeps this from being accepted: guard rails that do not hold, preconditions that fail."""
        rails = [check for check in self.guards if check.stops]
        return (*rails, *(check for check in self.preconditions if check.status == "failed"))

    @property
    def acceptable(self) -> bool:
        """Tell whether a person may accept it."""
        return not self.obstacles

    def title(self, lang: str | None = None) -> str:
        """Return what to do, in a few words."""
        return t(f"{self._texts}.title", lang, actuator=self.actuator)

    def proposal(self, lang: str | None = None) -> str:
        """Return the change with its numbers."""
        shown = {"low": self.change_from, "high": self.change_to}
        params = {name: "" if value is None else str(display.stored(value, self.unit)) for name, value in shown.items()}
        days = str(len(self.steps))
        return t(f"{self._texts}.proposal", lang, actuator=self.actuator, days=days, **params, **self.facts)

    def method(self, lang: str | None = None) -> str:
        """Return how the saving was found."""
        key = f"advice.{self.advisor}.basis.{self.basis}" if self.basis else f"{self._texts}.method"
        return t(key if key in catalogue() else f"advice.{self.advisor}.method", lang)

    @property
    def _texts(self) -> str:
        return f"advice.{self.advisor}.{self.variant}" if self.variant else f"advice.{self.advisor}"

    def checks(self, lang: str | None = None) -> list[str]:
        """Return preconditions and guard rails in words."""
        return [check.text(lang) for check in (*self.preconditions, *self.guards)]


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why an advisor says nothing: a code of `advice.reason.*`, and what is missing (`advice.needs.*`)."""

    advisor: str
    reason: str
    missing: tuple[str, ...] = ()
    facts: dict[str, str] = {}

    @property
    def undecided(self) -> bool:
        """Tell whether the advisor could not look, rather than looked and found nothing."""
        return self.reason in _UNDECIDED

    def text(self, lang: str | None = None) -> str:
        """Return the reason for a person."""
        missing = ", ".join(t(f"advice.needs.{need}", lang) for need in self.missing)
        key = f"advice.reason.{self.reason}"
        if (self.missing or self.facts) and f"{key}_named" in catalogue():
            key = f"{key}_named"
        return t(key, lang, missing=missing, **self.facts)


_UNDECIDED = frozenset(("missing", "coverage", "time"))
