"""A message about alarms, and how it reads in a language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.alarms.alarm import Alarm
from greendc import display
from greendc.clock import iso
from greendc.texts import t

if TYPE_CHECKING:
    import datetime as dt

    from analytics.notify.template import Field

RAISED, ESCALATED, CLEARED, ACKNOWLEDGED = "raised", "escalated", "cleared", "acknowledged"
STORM, SUMMARY, LOST, TEST = "storm", "summary", "lost", "test"
LISTED = 10
"""How many lines a summary has before it says how many more there are."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One message: what happened to which alarm, or what several came to.

    ``id`` is the same when a message comes twice. ``parts`` are what a summary sums up, ``count`` how many they are.
    """

    id: str
    site: str
    transition: str
    time_ns: int
    alarm: Alarm | None = None
    by: str = ""
    reason: str = ""
    count: int = 1
    parts: tuple[Notice, ...] = ()

    def headline(self, lang: str) -> str:
        """Return what happened, in one line."""
        if self.alarm is None:
            return self._plain(lang)
        if self.transition == STORM:
            return display.one_line(self.alarm.title(lang))
        said = t(
            "notify.message.headline",
            lang,
            priority=t(f"alarms.priority.{self.alarm.priority}", lang),
            transition=t(f"notify.transition.{self.transition}", lang),
            title=display.one_line(self.alarm.title(lang)),
        )
        return said + (t("notify.message.advisory", lang) if self.alarm.advisory else "")

    def _plain(self, lang: str) -> str:
        raised = sum(part.transition in {RAISED, ESCALATED} for part in self.parts)
        cleared = sum(part.transition == CLEARED for part in self.parts)
        return t(f"notify.message.{self.transition}", lang, count=self.count, raised=raised, cleared=cleared)

    def lines(self, zone: dt.tzinfo, lang: str) -> list[str]:
        """Return the message for people, the headline first."""
        found = [self.headline(lang)]
        if self.alarm is not None:
            found += [display.one_line(self.alarm.detail(zone, lang)), display.one_line(self._explained(lang))]
            if self.transition in {RAISED, ESCALATED}:
                found.append(t("notify.message.to_do", lang, action=self.alarm.action(lang)))
        found += [f"- {part.headline(lang)}" for part in self.parts[:LISTED]]
        if len(self.parts) > LISTED:
            found.append(t("notify.message.more", lang, count=len(self.parts) - LISTED))
        if self.by:
            found.append(
                t(
                    "notify.message.by", lang, who=display.one_line(self.by), reason=display.one_line(self.reason)
                ).strip()
            )
        found.append(t("notify.message.site", lang, site=self.site))
        found.append(t("notify.message.moment", lang, at=display.moment(self.time_ns, zone)))
        return [line for line in found if line]

    def _explained(self, lang: str) -> str:
        explanation = self.alarm.explanation if self.alarm else None
        return explanation.sentence(lang) if explanation else ""

    def fields(self, zone: dt.tzinfo, lang: str) -> dict[str, Field]:
        """Return everything that a body may hold; times are ISO 8601 in UTC, values in their stored units."""
        alarm = self.alarm
        return {
            "id": self.id,
            "site": self.site,
            "transition": self.transition,
            "time": iso(self.time_ns),
            "headline": self.headline(lang),
            "text": "\n".join(self.lines(zone, lang)),
            "by": display.one_line(self.by),
            "reason": display.one_line(self.reason),
            "count": float(self.count),
            "alarm": alarm.id if alarm else "",
            "rule": alarm.rule if alarm else "",
            "priority": alarm.priority if alarm else "",
            "advisory": alarm.advisory if alarm else False,
            "node": alarm.node if alarm else "",
            "place": alarm.place if alarm else "",
            "device": alarm.device if alarm else "",
            "quantity": alarm.quantity if alarm else "",
            "value": alarm.value if alarm else None,
            "unit": alarm.unit if alarm else "",
            "limit": alarm.limit if alarm else None,
            "since": iso(alarm.since_ns) if alarm else "",
            "detail": display.one_line(alarm.detail(zone, lang)) if alarm else "",
            "explanation": display.one_line(self._explained(lang)),
            "action": alarm.action(lang) if alarm else "",
        }
