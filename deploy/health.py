"""Health check of a container: is the status of a process younger than its limit? Usage: health.py PROCESS SECONDS."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


def age_s(process: str) -> float:
    """Return how long ago a process last wrote its status, in seconds.

    Raises:
        OSError, ValueError, KeyError: it never has, or what it wrote is no status.
    """
    path = Path(os.environ["GREENDC_DATA"]) / "status" / f"{process}.json"
    written_ns = int(json.loads(path.read_text("utf-8"))["time_ns"])
    return (time.time_ns() - written_ns) / 1e9


if __name__ == "__main__":
    sys.exit(age_s(sys.argv[1]) > float(sys.argv[2]))
