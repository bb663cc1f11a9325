"""Run the whole chain, every page and properties on new examples, again and again: `make soak ARGS="--rounds 20"`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time


def main() -> int:
    """Return 0 when every round passed."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="how many times the tests run")
    options = parser.parse_args()
    print(f"rounds: {options.rounds}, several minutes each", flush=True)
    environ = os.environ | {"GREENDC_FULL_MATRIX": "1", "GREENDC_SOAK": "1"}
    for number in range(1, options.rounds + 1):
        start = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-m", "chain or browser or hypothesis"], check=False, env=environ
        )
        print(
            f"round {number} of {options.rounds}: exit code {done.returncode}, {time.monotonic() - start:.0f} s",
            flush=True,
        )
        if done.returncode != 0:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
