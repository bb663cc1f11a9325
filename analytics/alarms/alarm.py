"""What an alarm is, and the fold of the ledger that says which ones are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.alarms.explanation import Explanation
from greendc import display
from greendc.model import Principal
from greendc.texts import catalogue, t

if TYPE_CHECKING:
    import datetime as dt

SYSTEM = Principal(name="greendc", role="system")
RAISED = "alarm.raised"
CLEARED = "alarm.cleared"
ACKNOWLEDGED = "alarm.acknowledged"
PRIORITIES = ("critical", "high", "medium", "low")
_CATALOGUES = ("alarms", "alarm_rules", "detect", "gate", "models")
"""Areas of the catalogue in which a rule may keep its texts."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Why an alarm stands: latest samples (time [ns], value), how long it must hold [s], and the limit's origin."""

    samples: tuple[tuple[int, float], ...] = ()
    hold_s: float = 0.0
    limit_source: str = ""
    limit_confidence: str = ""
    altitude_m: float = 0.0
    derating_k: float = 0.0


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One more thing that an alarm's texts say, by the name of its placeholder: a ``value`` in ``unit``, or a text."""

    name: str
    value: float | None = None
    unit: str = ""
    text: str = ""

    def shown(self) -> str:
        """Return what stands in the sentence."""
        return self.text or str(display.stored(self.value, self.unit))


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that asks a person to act, one for each cause.

    ``id`` is stable: rule and place. ``value`` and ``limit`` are in ``unit`` (the stored one). ``since_ns`` is when
    the condition began, which is before it was raised. ``kind`` picks the wording within the rule.

    ``advisory`` says that a learned rule found it that nobody has promoted. ``node`` is the node of the site's topology
    that it belongs to. ``cause`` is the id of the alarm that it is filed under, ``suppressed`` why it is not put before
    a person (`analytics.alarms.episode`); an alarm with neither is announced.
    """

    id: str
    rule: str
    kind: str
    priority: str
    place: str
    device: str
    part: str
    quantity: str
    value: float | None
    unit: str
    limit: float | None
    since_ns: int
    raised_ns: int
    acknowledged: bool = False
    evidence: Evidence = msgspec.field(default_factory=Evidence)
    advisory: bool = False
    node: str = ""
    cause: str = ""
    suppressed: str = ""
    explanation: Explanation | None = None
    facts: tuple[Fact, ...] = ()

    @property
    def announced(self) -> bool:
        """Tell whether it is put before a person on its own."""
        return not self.cause and not self.suppressed

    def title(self, lang: str | None = None) -> str:
        """Return what is wrong and where, in a few words."""
        return self._say("title", lang, place=self._place(lang))

    def detail(self, zone: dt.tzinfo, lang: str | None = None) -> str:
        """Return value, limit, place and since when, in one sentence."""
        return self._say(
            "detail",
            lang,
            place=self._place(lang),
            sensor=f"{self.device}/{self.part}" if self.part else self.device,
            value=str(display.stored(self.value, self.unit)),
            limit=str(display.stored(self.limit, self.unit)),
            since=display.moment(self.since_ns, zone),
        )

    def action(self, lang: str | None = None) -> str:
        """Return what to do about it."""
        return self._say("action", lang, place=self._place(lang))

    def _place(self, lang: str | None) -> str:
        return self.place or t("alarms.the_site", lang)

    def _say(self, part: str, lang: str | None, **given: str) -> str:
        names = [f"{area}.{self.rule}.{self.kind}.{part}" for area in _CATALOGUES]
        key = next((name for name in names if name in catalogue()), names[0])
        return t(key, lang, **{fact.name: fact.shown() for fact in self.facts} | given)
