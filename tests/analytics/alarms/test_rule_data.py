"""Every rule has its data, its texts and its checks, and no data or text is left over."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from analytics.alarms.rules import RULES
from analytics.alarms.rules.limits import limits
from greendc.texts import catalogue

FRAMED = sorted(rule.key for rule in RULES if rule.key in limits())


PLACEHOLDERS = {
    "title": {"place", "sensor"},
    "detail": {"place", "sensor", "value", "limit", "since", "measured", "usual"},
    "action": {"place", "sensor"},
}


def test_data_belong_to_rules() -> None:
    """No limits are kept for a rule that is not there."""
    assert set(limits()) <= {rule.key for rule in RULES}


@pytest.mark.parametrize("key", FRAMED)
def test_a_rule_has_texts_for_each_level(key: str) -> None:
    """Each level that may be raised has a title, a sentence and an action, in the area of rules."""
    for level in limits()[key].levels:
        for part in ("title", "detail", "action"):
            assert f"alarm_rules.{key}.{level.kind}.{part}" in catalogue()


@pytest.mark.parametrize("part", PLACEHOLDERS)
def test_texts_say_only_what_every_alarm_knows(part: str) -> None:
    """No title, sentence or action asks for a value that an alarm may not carry."""
    for rule in FRAMED:
        for level in limits()[rule].levels:
            for text in catalogue()[f"alarm_rules.{rule}.{level.kind}.{part}"].values():
                asked = {name for _, name, _, _ in string.Formatter().parse(text) if name}
                assert asked <= PLACEHOLDERS[part], f"{rule}.{level.kind}"


@pytest.mark.parametrize("key", FRAMED)
def test_a_rule_says_what_to_check(key: str) -> None:
    """Each rule names checks, all of them in the catalogue, and where its limits come from."""
    own = limits()[key]
    assert own.checks
    assert {f"checks.{check}" for check in own.checks} <= set(catalogue())
    assert own.source


def test_checks_are_all_used() -> None:
    """No check is kept that no rule names."""
    named = {check for own in limits().values() for check in own.checks}
    assert {key.removeprefix("checks.") for key in catalogue() if key.startswith("checks.")} == named


@pytest.mark.parametrize("key", FRAMED)
def test_a_rule_is_documented(key: str) -> None:
    """Each rule has a line in the table of the docs."""
    page = Path(__file__).parents[3] / "docs" / "alarms.md"
    assert f"| `{key}` |" in page.read_text("utf-8")


def test_wear_is_never_the_cause_of_another_alarm() -> None:
    """A battery that ages over months, or a lost string of panels, turns no rack hot: nothing is filed under it."""
    silent = {rule.key for rule in RULES if not rule.spreads}
    assert {"storage_aged", "battery_aged", "pv_yield", "fuel"} <= silent
    assert not silent & {"ups_modules", "mains", "unit_air", "feed_lost"}
