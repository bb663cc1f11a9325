"""An edge file says everything that is wrong with it at once, each with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_agent.config import load_edge, read_edge
from greendc.errors import ConfigError
from greendc.toml_source import TomlSource

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """schema = 1
site = "hall"
node = "edge-01"

[broker]
url = "mqtts://hub.example"
user = "edge-01"
password_file = "PASSWORD"

[spool]
max_rows = 5000

[[devices]]
name = "box"
profile = "host"
address = "host://"
interval_s = 1.0
"""


def test_good(tmp_path: Path) -> None:
    """A whole file is read, and its password comes from the file it names."""
    (tmp_path / "pw").write_text("canary\n")
    path = tmp_path / "edge.toml"
    path.write_text(GOOD.replace("PASSWORD", str(tmp_path / "pw")))
    config = read_edge(path)
    assert (config.site, config.node, config.spool.max_rows) == ("hall", "edge-01", 5000)
    assert config.broker.password.reveal() == "canary"
    assert [device.name for device in config.devices] == ["box"]
    assert "canary" not in repr(config)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('user = "edge-01"\npassword_file = "PASSWORD"\n', "", [("broker.no_credentials", 6, 1)]),
        ("mqtts://hub.example", "mqtt://hub.example", [("errors.secret_unreadable", 8, 1), ("broker.no_tls", 6, 1)]),
        ("mqtts://hub.example", "hub", [("broker.url", 6, 1)]),
        ('profile = "host"', 'profile = "hots"', [("errors.unknown_profile", 15, 1)]),
        ("max_rows = 5000", "max_row = 5000", [("errors.unknown_key", 11, 1)]),
        ('node = "edge-01"', 'node = "Edge 01"', [("errors.wrong_value", 3, 1)]),
        ("schema = 1", "schema = 2", [("errors.schema", 1, 1)]),
        ("interval_s = 1.0", 'ca = "x"', [("errors.unknown_key", 17, 1)]),
        ('user = "edge-01"', 'ca = "/nowhere.pem"', [("broker.no_such_file", 7, 1)]),
        ("[broker]", "[broker", [("errors.toml_syntax", 5, 8)]),
    ],
)
def test_problems(old: str, new: str, expected: list[tuple[str, int, int]]) -> None:
    """Each mistake is named once, at its line and column."""
    text = GOOD.replace(old, new)
    try:
        _, problems = load_edge(TomlSource("edge.toml", text))
    except ConfigError as error:
        problems = list(error.problems)
    found = [(p.key, p.line, p.column) for p in problems]
    for one in expected:
        assert one in found, found
