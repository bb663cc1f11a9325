"""What is in this repository, for the tests that check the repository itself."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("greendc", "collectors", "edge_agent", "analytics", "dashboard", "simulators")
"""The top-level packages of the distribution."""

LOCKS = ("requirements.lock", "requirements-build.lock", "deploy/server.lock", "deploy/edge.lock")
HEAVY = ("numpy", "pandas", "pyarrow", "scipy", "sklearn", "streamlit")
"""Packages that an edge box never imports."""


def shown(path: Path) -> str:
    """Return a path as it stands in the repository."""
    return str(path.relative_to(ROOT))


def package_files() -> list[Path]:
    """Return the Python files of the packages."""
    return sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))


def python_files() -> list[Path]:
    """Return every Python file: packages, tests, benchmarks and deployment."""
    others = [file for folder in ("tests", "benchmarks", "deploy") for file in (ROOT / folder).rglob("*.py")]
    return package_files() + sorted(others)


def documents() -> list[Path]:
    """Return every document that a person reads."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")])
