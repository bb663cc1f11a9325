"""The site file, read again when it has changed, so that a device that is added shows up without a restart."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from greendc.errors import ConfigError
from greendc.site import Site, read_site

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger("greendc.dashboard")


class SiteFile:
    """A site file; `read` may be called from any thread."""

    def __init__(self, path: Path) -> None:
        """Read the file once.

        Raises:
            ConfigError: with every problem found.
        """
        self._path = path
        self._lock = threading.Lock()
        self._seen = _stamp(path)
        self._site = read_site(path)

    def read(self) -> Site:
        """Return the site; while a changed file has errors, the site as it was before."""
        with self._lock:
            stamp = _stamp(self._path)
            if stamp != self._seen:
                self._seen = stamp
                try:
                    self._site = read_site(self._path)
                except ConfigError as error:
                    log.warning("the changed site file is not used: %s", error)
            return self._site


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)
