"""A real InfluxDB 1.x for tests, with its data in a folder of the test run."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING

from tests.servers import ServerProcess, free_port, require_server

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
reporting-enabled = false
bind-address = "127.0.0.1:{rpc_port}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
  auth-enabled = {auth}
  max-body-size = {max_body}
"""


def influxd(folder: Path, port: int, *, auth: bool = False, max_body: int = 25_000_000) -> ServerProcess:
    """Return an InfluxDB that is not started yet; its HTTP side listens on ``port`` of 127.0.0.1."""
    program = require_server("influxd", "influxdb")
    config = folder / "influxdb.conf"
    text = CONFIG.format(folder=folder, port=port, rpc_port=free_port(), auth=str(auth).lower(), max_body=max_body)
    config.write_text(text, "utf-8")
    return ServerProcess([program, "-config", config], ready=lambda: answers(port))


def answers(port: int) -> bool:
    """Tell whether an InfluxDB answers its ping."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=1) as response:
            return bool(response.status == 204)
    except OSError:
        return False


def ask(port: int, statement: str) -> bytes:
    """Run a statement without a token."""
    body = urllib.parse.urlencode({"q": statement}).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/query", data=body, timeout=10) as response:
        return bytes(response.read())
