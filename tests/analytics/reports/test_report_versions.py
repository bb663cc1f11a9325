"""What makes a new version of a report, and what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from msgspec.structs import replace

from analytics.reports.versions import says
from greendc.device import Credential
from greendc.settings import Secret
from tests.analytics.reports import report_facts

if TYPE_CHECKING:
    from analytics.reports.commitments import DeclaredText


def test_draining_alone_says_nothing_new() -> None:
    """Readings that an edge node handed over since are the same readings; those that were lost are not."""
    facts = report_facts.facts()
    node, *others = facts.account
    assert node.spooled == 10
    drained = replace(node, stored=node.stored + 10, spooled=0)
    lost = replace(node, spooled=0, lost=10)
    assert says(replace(facts, account=(drained, *others))) == says(facts)
    assert says(replace(facts, account=(lost, *others))) != says(facts)


def test_a_secret_is_not_in_the_hash() -> None:
    """A new passphrase does not change what a report says."""
    facts = report_facts.facts()

    def said_with(secret: str) -> str:
        credential = Credential(kind="snmp-v2c", community=Secret(secret))
        return says(replace(facts, site=replace(facts.site, credentials={"key": credential})))

    assert said_with("first") == said_with("second") == said_with("")


def test_what_has_no_fixed_text_is_refused() -> None:
    """The address of an object would make a version of every run."""
    facts = report_facts.facts()
    with pytest.raises(TypeError, match="object"):
        says(replace(facts, declared=(cast("DeclaredText", object()),)))
