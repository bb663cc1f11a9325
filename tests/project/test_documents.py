"""The documents tell of everything there is, and of nothing that is not there."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from analytics.kpis import KPIS
from greendc.cli import COMMANDS, GROUPS
from greendc.profiles import profile_names
from greendc.settings import SETTINGS
from simulators.front_ends.ports import Ports
from simulators.sites.presets import preset
from tests.repository import ROOT, documents, shown

if TYPE_CHECKING:
    from pathlib import Path

PROMISES = {
    "docs/operate.md": [s.variable for s in SETTINGS] + [f"greendc {name}" for name, _ in (*COMMANDS, *GROUPS)],
    "docs/kpis.md": [kpi.key for kpi in KPIS],
    "docs/add-a-device.md": list(profile_names()),
}
"""Which page has to name what, as code between backticks."""

MACHINE_PATHS = re.compile(r"(?<![\w.])/(root|tmp|mnt|Users|home/[a-z]+|work[a-z]*)/")


def makefile_targets() -> set[str]:
    """Return the targets that the Makefile declares."""
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))


@pytest.mark.parametrize("page", PROMISES)
def test_page_names_everything_there_is(page: str) -> None:
    """Each setting, command, figure and profile has its place in the documents."""
    text = (ROOT / page).read_text("utf-8")
    assert [name for name in PROMISES[page] if f"`{name}`" not in text] == []


def test_the_readme_starts_with_the_two_commands() -> None:
    """A stranger finds the command that shows it and the one that checks it."""
    text = (ROOT / "README.md").read_text("utf-8")
    assert "make demo" in text
    assert "make test" in text


def test_the_readme_counts_right() -> None:
    """How many families and how many simulated devices there are is what the program has."""
    text = (ROOT / "README.md").read_text("utf-8")
    files = [tomllib.loads(file) for file in preset("room", Ports(), "mqtt://127.0.0.1").files.values()]
    addresses = [device["address"] for file in files for device in file.get("devices", [])]
    simulated = sum(not address.startswith("host:") for address in addresses)
    assert f" {simulated} simulated devices behind" in text
    assert f"| number of ready device families | ◐ {len(profile_names())} |" in text


def code_of(document: Path) -> str:
    """Return what stands in a document's code blocks and between its backticks."""
    text = document.read_text("utf-8")
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, flags=re.DOTALL))


@pytest.mark.parametrize("document", documents(), ids=shown)
def test_every_make_target_named_exists(document: Path) -> None:
    """A `make` command in a document is one that the Makefile has."""
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", code_of(document), flags=re.MULTILINE)) <= makefile_targets()


@pytest.mark.parametrize("document", documents(), ids=shown)
def test_every_command_named_exists(document: Path) -> None:
    """A `greendc` command in a document is one that the program has."""
    named = set(re.findall(r"(?:^|`|/bin/)greendc ([a-z]+)", code_of(document), flags=re.MULTILINE))
    assert named <= {name for name, _ in (*COMMANDS, *GROUPS)}


@pytest.mark.parametrize("document", documents(), ids=shown)
def test_every_link_leads_somewhere(document: Path) -> None:
    """A link to another file of the repository finds it."""
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text("utf-8"))
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", documents(), ids=shown)
def test_no_document_names_a_developer_machine(document: Path) -> None:
    """A path in a document is one that a reader has too."""
    assert MACHINE_PATHS.findall(document.read_text("utf-8")) == []
