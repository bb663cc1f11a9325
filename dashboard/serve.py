"""The command line of the dashboard's process: Streamlit with the flags that suit a page left open for months."""

from __future__ import annotations

import sys
from pathlib import Path

from dashboard.palette import theme_flags

APP = Path(__file__).parent / "script" / "app.py"

FLAGS = (
    "--server.headless=true",
    "--server.fileWatcherType=none",
    "--server.runOnSave=false",
    "--server.enableXsrfProtection=true",
    "--server.enableCORS=true",
    "--server.maxUploadSize=5",
    "--server.disconnectedSessionTTL=120",
    "--browser.gatherUsageStats=false",
    "--client.showErrorDetails=none",
    "--client.showErrorLinks=false",
    "--client.toolbarMode=minimal",
    "--ui.hideTopBar=true",
    "--global.developmentMode=false",
    "--global.disableWidgetStateDuplicationWarning=true",
    "--logger.hideWelcomeMessage=true",
    # A full garbage collection after every run makes 60 viewers wait for seconds; the ordinary collector stays on.
    "--runner.postScriptGC=false",
    "--runner.magicEnabled=false",
)


def command(
    site_path: Path, data_dir: Path, store: str, address: str = "127.0.0.1", port: int = 8501
) -> tuple[list[str], dict[str, str]]:
    """Return the argument list of the dashboard's process and the variables that tell it what to show.

    It binds ``address`` only. The variables add to the parent's environment.
    """
    argv = [
        sys.executable,
        "-m",
        "dashboard",
        "run",
        str(APP),
        f"--server.address={address}",
        f"--server.port={port}",
        *FLAGS,
        *theme_flags(),
    ]
    environ = {"GREENDC_SITE": str(site_path), "GREENDC_DATA": str(data_dir), "GREENDC_STORE": store}
    return argv, environ
