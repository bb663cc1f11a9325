"""What may stand in the data directory of a simulation: nothing, or the same simulated site; never someone's own."""

from __future__ import annotations

import logging
import re
import shutil
from typing import TYPE_CHECKING

from greendc.errors import ConfigError
from greendc.toml_source import TomlSource
from simulators.runs.site_state import identity_in

if TYPE_CHECKING:
    from pathlib import Path

SITE_FILE = "site.toml"
_PORT = re.compile(r"(?<=127\.0\.0\.1):[0-9]+")

log = logging.getLogger("greendc.simulators")


def check_folder(folder: Path, identity: str) -> None:
    """Say whether a simulated site of this identity may be written into a directory.

    Raises:
        ConfigError: another simulated site lives there, or a site that is none of a simulation.
    """
    there = identity_in(folder)
    if there is not None:
        if there != identity:
            raise ConfigError.single(
                "simulate.other_site", hint="simulate.own_site_hint", file=folder, there=there, wanted=identity
            )
        return
    file = folder / SITE_FILE
    if file.exists() and not _is_simulated(file):
        raise ConfigError.single("simulate.own_site", hint="simulate.own_site_hint", file=file)


def keep_edited(file: Path, text: str) -> None:
    """Keep a copy of a site's file that a person has changed before ``text`` takes its place; ports do not count."""
    if not file.exists() or _bare(file.read_text("utf-8", errors="replace")) == _bare(text):
        return
    number = 1
    while (kept := file.with_name(f"{file.stem}.before-{number}.toml")).exists():
        number += 1
    shutil.copy2(file, kept)
    log.warning("%s was changed by hand and is written anew; what stood there is in %s", file, kept)


def _is_simulated(file: Path) -> bool:
    try:
        site = TomlSource.read(file).data.get("site")
    except ConfigError:
        return False
    return isinstance(site, dict) and site.get("simulated") is True


def _bare(text: str) -> str:
    return _PORT.sub("", text)
