"""The command line of the dashboard's process."""

from __future__ import annotations

from pathlib import Path

from streamlit import config

from dashboard.serve import command

# Streamlit registers its options when its command line starts.
_KNOWN = config.get_config_options()


def test_the_page_stays_on_this_machine_and_calls_nobody() -> None:
    """By default the process binds the loopback, reports nothing and shows no traceback."""
    argv, environ = command(Path("/s/site.toml"), Path("/d"), "embedded")
    flags = dict(word[2:].split("=", 1) for word in argv if word.startswith("--"))
    assert flags["server.address"] == "127.0.0.1"
    assert flags["browser.gatherUsageStats"] == "false"
    assert flags["client.showErrorDetails"] == "none"
    assert flags["server.enableXsrfProtection"] == "true"
    assert flags["server.fileWatcherType"] == "none"
    assert flags["runner.postScriptGC"] == "false"
    assert environ == {"GREENDC_SITE": "/s/site.toml", "GREENDC_DATA": "/d", "GREENDC_STORE": "embedded"}


def test_streamlit_knows_every_flag() -> None:
    """A flag that a new Streamlit has dropped is noticed here, hidden ones among them."""
    argv, _ = command(Path("site.toml"), Path("d"), "embedded", "127.0.0.1", 8600)
    names = [word[2:].partition("=")[0] for word in argv if word.startswith("--")]
    assert [name for name in names if name not in _KNOWN] == []
