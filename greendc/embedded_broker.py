"""A broker for one machine, the demo and tests: rumqttd from the iotcore package, else Mosquitto; on 127.0.0.1 only.

It keeps everything in memory, which costs nothing here: what matters stays in the spools until the store has it.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Self

import msgspec

from greendc.errors import ConfigError

if TYPE_CHECKING:
    import threading
    from pathlib import Path
    from types import TracebackType

log = logging.getLogger("greendc.broker")

START_S = 10.0
STOP_S = 5.0
MAX_PAYLOAD_BYTES = 256 * 1024
SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/sbin")

_RUMQTTD = """id = 0

[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = 1048576
max_segment_count = 10

[v5.1]
name = "greendc"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1

[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = {limit}
max_inflight_count = 100
dynamic_filters = true
"""

_MOSQUITTO = """listener {port} 127.0.0.1
allow_anonymous true
persistence false
max_queued_messages 10000
message_size_limit {limit}
"""

# rumqttd has no way to be stopped, so it has a process of its own; it ends when the pipe to its parent closes.
_RUN_RUMQTTD = "from iotcore._serve import main; main()"
# Mosquitto looks at no pipe, so a process that does stands before it: else it would keep the port from the next broker.
_RUN_MOSQUITTO = """import signal, subprocess, sys, threading
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
signal.signal(signal.SIGTERM, lambda *_: server.terminate())
threading.Thread(target=lambda: (sys.stdin.read(), server.terminate()), daemon=True).start()
sys.exit(server.wait())
"""


class EmbeddedBroker:
    """A running broker process. Use it as a context manager, or `stop` it."""

    def __init__(self, port: int, data_dir: Path) -> None:
        """Start a broker on a port of 127.0.0.1 and wait until it answers; its settings go to ``data_dir``.

        Raises:
            ConfigError: the port is taken, or there is neither iotcore nor Mosquitto.
        """
        self.port = port
        if _answers(port):
            raise ConfigError.single("broker.port_taken", hint="broker.port_taken_hint", port=str(port))
        data_dir.mkdir(parents=True, exist_ok=True)
        command = _command(port, data_dir)
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE)
        deadline = time.monotonic() + START_S
        while not _answers(port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise ConfigError.single("broker.did_not_start", port=str(port))
            time.sleep(0.02)
        log.info("%s listens on 127.0.0.1:%d", "rumqttd" if _RUN_RUMQTTD in command else "mosquitto", port)

    @property
    def running(self) -> bool:
        """Tell whether the process lives."""
        return self._process.poll() is None

    @property
    def url(self) -> str:
        """Return the address for clients."""
        return f"mqtt://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End the process; harmless when it has ended."""
        if self.running:
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def __enter__(self) -> Self:
        """Return the running broker."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()


def run_broker(port: int, data_dir: Path, *, stop: threading.Event) -> None:
    """Run a broker until ``stop`` is set.

    Raises:
        ConfigError: as `EmbeddedBroker`.
        RuntimeError: the broker ended by itself; the supervisor starts it again.
    """
    with EmbeddedBroker(port, data_dir) as broker:
        while not stop.wait(0.5):
            if not broker.running:
                message = "the broker process has ended"
                raise RuntimeError(message)


def _command(port: int, data_dir: Path) -> list[str]:
    if importlib.util.find_spec("iotcore") is not None:
        path = _written(data_dir / "broker.toml", _RUMQTTD.format(port=port, limit=MAX_PAYLOAD_BYTES))
        return [sys.executable, "-P", "-c", _RUN_RUMQTTD, msgspec.json.encode({"config_path": path}).decode()]
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS])
    mosquitto = shutil.which("mosquitto", path=search)
    if mosquitto is None:
        raise ConfigError.single("broker.none", hint="broker.none_hint")
    path = _written(data_dir / "mosquitto.conf", _MOSQUITTO.format(port=port, limit=MAX_PAYLOAD_BYTES))
    return [sys.executable, "-P", "-c", _RUN_MOSQUITTO, mosquitto, "-c", path]


def _written(path: Path, text: str) -> str:
    path.write_text(text, "utf-8")
    return str(path.resolve())


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.2):
            return True
    except OSError:
        return False
