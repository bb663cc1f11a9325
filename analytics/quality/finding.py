"""Something that a person can act on: what is wrong with which data, the evidence, and the cure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from greendc.quantities import quantities
from greendc.texts import catalogue, t

if TYPE_CHECKING:
    from collections.abc import Iterable


class Severity(StrEnum):
    """How bad it is: ``fault`` makes figures wrong, ``gap`` leaves them out, ``note`` is worth knowing."""

    FAULT = "fault"
    GAP = "gap"
    NOTE = "note"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One finding about a series, a device or a part of the power tree.

    ``code`` names the texts `quality.finding.<code>.text`, ``.evidence`` and ``.cure``, which ``params`` fill. ``part``
    and ``quantity`` are empty when it is about a whole device. ``start_ns`` and ``end_ns`` are when it held.
    """

    code: str
    severity: Severity
    device: str
    part: str = ""
    quantity: str = ""
    start_ns: int
    end_ns: int
    params: dict[str, str] = {}

    @property
    def subject(self) -> str:
        """Return ``device``, ``device/part`` or ``device/part quantity``."""
        where = f"{self.device}/{self.part}" if self.part else self.device
        return f"{where} {self.quantity}".rstrip()

    def text(self, lang: str | None = None) -> str:
        """Return what is wrong."""
        return self._say("text", lang)

    def evidence(self, lang: str | None = None) -> str:
        """Return what shows it."""
        return self._say("evidence", lang)

    def cure(self, lang: str | None = None) -> str:
        """Return what to do about it."""
        return self._say("cure", lang)

    def _say(self, what: str, lang: str | None) -> str:
        params = {name: self._shown(name, value, lang) for name, value in self.params.items()}
        return t(f"quality.finding.{self.code}.{what}", lang, subject=self._named(lang), **params)

    def _named(self, lang: str | None) -> str:
        where = f"{self.device}/{self.part}" if self.part else self.device
        return f"{where} {_quantity(self.quantity, lang)}".rstrip()

    @staticmethod
    def _shown(name: str, value: str, lang: str | None) -> str:
        keys = {
            "because": f"quality.suspicion.{value}",
            "fault": f"gate.{value}.title",
            "action": f"gate.{value}.action",
        }
        if name == "reasons":
            return t("explain.comma", lang).join(_reason(one, lang) for one in value.split(", "))
        if name == "first":
            where, _, quantity = value.rpartition(" ")
            return f"{where} {_quantity(quantity, lang)}".strip()
        return t(keys[name], lang) if name in keys else value


def _quantity(key: str, lang: str | None) -> str:
    known = quantities().get(key)
    return key if known is None else known.title(lang)


def _reason(counted: str, lang: str | None) -> str:
    """Return ``code count`` of readings without a value with the code in words, where there are words for it."""
    code, _, count = counted.rpartition(" ")
    key = f"collectors.reason.{code}"
    return f"{t(key, lang) if key in catalogue() else code} ({count})"


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, faults first."""
    order = list(Severity)
    return tuple(sorted(findings, key=lambda one: (order.index(one.severity), one.subject, one.code)))
