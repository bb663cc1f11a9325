"""Real servers for tests: found on this machine, started on a free port of 127.0.0.1, stopped by process id."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from greendc import ports

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/sbin")
"""Where Debian keeps daemons that are not on an ordinary user's PATH."""


def require_server(program: str, package: str) -> Path:
    """Return the path of `program`, or skip the test with the line that installs it.

    With GREENDC_REQUIRE_SERVERS=1 in the environment a missing program fails the test instead.
    """
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS])
    found = shutil.which(program, path=search)
    if found is not None:
        return Path(found)
    message = f"{program} is not installed: apt-get install {package}"
    if os.environ.get("GREENDC_REQUIRE_SERVERS") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Return a port of 127.0.0.1 that was free a moment ago, for TCP or (SOCK_DGRAM) UDP."""
    found = ports.free_port((kind,))
    assert found is not None
    return found


def tcp_answers(port: int) -> bool:
    """Tell whether something accepts TCP connections on this port of 127.0.0.1."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.2):
            return True
    except OSError:
        return False


class ServerProcess:
    """A child server that lives as long as its `with` block.

    Args:
        command: program and arguments; the program must stay in the foreground.
        ready: tells whether the server answers; `lambda: tcp_answers(port)` for a TCP server.
        timeout_s: seconds to wait for `ready` before the start counts as failed.
        env: variables added to those of this process.
        cwd: working directory of the child.

    Its output goes to an unnamed file; `output()` reads what has been written so far.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        ready: Callable[[], bool],
        timeout_s: float = 20.0,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.command = [str(word) for word in command]
        self._ready = ready
        self._timeout_s = timeout_s
        self._env = {**os.environ, **(env or {})}
        self._cwd = cwd
        self._process: subprocess.Popen[bytes] | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives from start to the end of the with block

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        if self._process is None:
            message = "the server has not been started"
            raise RuntimeError(message)
        return self._process.pid

    def start(self) -> Self:
        """Start the server, or start it again after `kill`, and wait until it answers."""
        self._process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, env=self._env, cwd=self._cwd
        )
        deadline = time.monotonic() + self._timeout_s
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"{self.command[0]} did not start:\n{self.output()}", pytrace=False)
            time.sleep(0.02)
        return self

    def stop(self, timeout_s: float = 10.0) -> None:
        """Ask the server to end, and kill it when it has not done so after `timeout_s` seconds."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def output(self) -> str:
        """Return what the server has written to stdout and stderr."""
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode(errors="replace")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        self._log.close()
