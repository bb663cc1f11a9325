"""What verification finds, one sentence each."""

from __future__ import annotations

import msgspec

from greendc.display import one_line
from greendc.texts import t

ERROR, NOTE = "error", "note"
_LONGEST = 120


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that verification found: ``level`` is error or note, ``key`` names its text, which has ``params``.

    The text is `report_package.finding.<key>`. With an error a package is not as it was made. Names come from the
    package and are shown without control characters.
    """

    level: str
    key: str
    file: str = ""
    params: dict[str, str] = {}

    def sentence(self, lang: str | None = None) -> str:
        """Return it for a person, on one line."""
        lead = f"{clean(self.file)}  " if self.file else ""
        params = {name: clean(value) for name, value in self.params.items()}
        return f"{lead}{self.level}  {t(f'report_package.finding.{self.key}', lang, **params)}"


def error(key: str, file: str = "", **params: str) -> Finding:
    """Return something that is wrong."""
    return Finding(level=ERROR, key=key, file=file, params=params)


def note(key: str, file: str = "", **params: str) -> Finding:
    """Return something that a reader must know."""
    return Finding(level=NOTE, key=key, file=file, params=params)


def clean(text: str) -> str:
    """Return a text from a package as it may be printed on a terminal."""
    return one_line(text, _LONGEST)
