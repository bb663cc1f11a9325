"""The page on simulation tells of every kind of event, every column and every scenario that there is."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import msgspec
import pytest

from greendc.toml_source import TomlSource
from simulators.scenarios.event_truth import COLUMNS
from simulators.scenarios.kind import EventClass
from simulators.scenarios.kinds import KINDS
from simulators.scenarios.scenario_file import Run, _Entry, library, load_scenario
from tests.repository import ROOT
from tests.simulators.scenarios.small_plant import START_S, targets

if TYPE_CHECKING:
    from simulators.scenarios.kind import Kind

PAGE = (ROOT / "docs/simulate.md").read_text("utf-8")


def kind_row(kind: Kind) -> str:
    """Return the line of a kind in the table of the page."""
    severity = kind.severity
    if severity is None:
        meaning, bounds = "", ""
    else:
        meaning = kind.meaning("en")
        bounds = f"{severity.usual:g} ({severity.low:g} to {severity.high:g}) {severity.unit.replace('|', 'or')}"
    ramp = "yes" if kind.may_ramp else ""
    return f"| `{kind.name}` | {kind.title('en')} | {kind.title('zh')} | {kind.scope} | {meaning} | {bounds} | {ramp} |"


@pytest.mark.parametrize("event_class", list(EventClass))
def test_every_kind_has_its_line(event_class: EventClass) -> None:
    """Name, both titles, target, and what its severity means, with its bounds."""
    lines = PAGE.splitlines()
    assert [
        name for name, kind in KINDS.items() if kind.event_class is event_class and kind_row(kind) not in lines
    ] == []


def test_every_key_column_and_scenario_is_named() -> None:
    """What a person can write and what the ground truth says is on the page."""
    keys = [field.name for field in msgspec.structs.fields(_Entry)]
    assert [name for name in (*keys, *COLUMNS, *library()) if f"`{name}`" not in PAGE] == []


def test_the_example_of_the_page_is_a_scenario() -> None:
    """What the page shows can be read as it stands."""
    text = PAGE.split("```toml\n")[1].split("```")[0]
    timeline, problems = load_scenario(TomlSource("page.toml", text), targets(), Run(start_s=START_S))
    assert not problems
    assert timeline is not None
    assert len(timeline.events) == text.count("[[events]]") > 1


@pytest.mark.parametrize("name", library())
def test_scenarios_of_the_library_are_well_named(name: str) -> None:
    """Each is named like its file, has both titles, and begins by saying what it is."""
    text = library()[name].read_text("utf-8")
    found = tomllib.loads(text)
    assert text.startswith("# ")
    assert found["name"] == name
    assert found["title_zh"]
    assert found["title_en"]
    assert found["events"]
