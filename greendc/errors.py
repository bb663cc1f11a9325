"""Every error greendc raises on purpose, sorted by who must act.

::

    GreendcError
    ├── ConfigError        the person who wrote a file or a command line; exit code 2
    ├── DeviceError        a device or its link; back off, count, say it once
    │   ├── DeviceAway         no answer within the time limit
    │   └── DeviceRefused      answered, and said no (wrong community, exception code)
    ├── StoreError         the store or its link
    │   ├── StoreAway          keep the data in the spool and try again
    │   ├── StoreRefused       token, bucket or permission: hold the data and alarm
    │   └── PointsRefused      some points of a batch can never be stored: quarantine just these
    ├── PayloadError       a message that cannot be decoded: count it, quarantine it, go on
    └── WriterBusy         another process holds the writer's lock of this data directory

A bug is none of these: it crashes and the supervisor restarts the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

T = TypeVar("T")

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_CONFIG = 2
EXIT_FINDINGS = 3
EXIT_NOT_AUTHORISED = 4
EXIT_INTERRUPTED = 130


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a file or a command line, in the place where it is wrong.

    ``key`` and ``hint`` name texts of the catalogue; ``params`` fill their placeholders.
    Line and column count from 1; 0 means that the place is not known.
    """

    key: str
    params: dict[str, str] = {}
    hint: str = ""
    level: str = "error"
    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""

    def place(self) -> str:
        """Return ``file:line:column``, as far as it is known."""
        if not self.file:
            return ""
        return ":".join([self.file, *(str(number) for number in (self.line, self.column) if number)])

    def sentence(self, lang: str | None = None) -> str:
        """Return the one sentence a person reads: place, field, what is wrong, what to do."""
        said = t(self.key, lang, **self.params)
        hint = f" {t(self.hint, lang, **self.params)}" if self.hint else ""
        lead = "  ".join(part for part in (self.place(), self.level, self.path) if part)
        return f"{lead}  {said}{hint}"

    def as_json(self, lang: str | None = None) -> dict[str, str | int]:
        """Return the problem as it stands in the ``problems`` list of a ``--json`` envelope."""
        return {
            "level": self.level,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "path": self.path,
            "code": self.key,
            "message": t(self.key, lang, **self.params),
            "hint": t(self.hint, lang, **self.params) if self.hint else "",
        }


class GreendcError(Exception):
    """The root of all errors greendc raises on purpose."""


class ConfigError(GreendcError):
    """A file or a command line that cannot be used; carries every problem that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems; the message holds one sentence for each."""
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.sentence() for problem in self.problems))

    @classmethod
    def single(cls, key: str, *, hint: str = "", file: str | Path = "", path: str = "", **params: str) -> ConfigError:
        """Make the error from one problem."""
        return cls([Problem(key=key, params=params, hint=hint, file=str(file), path=path)])


def without_errors(found: T | None, problems: Sequence[Problem]) -> T:
    """Return what was read from a file if none of its problems is an error.

    Raises:
        ConfigError: with every problem that is one.
    """
    errors = [problem for problem in problems if problem.level == "error"]
    if errors or found is None:
        raise ConfigError(errors)
    return found


class DeviceError(GreendcError):
    """A device could not be read."""


class DeviceAway(DeviceError):
    """The device did not answer within the time limit."""


class DeviceRefused(DeviceError):
    """The device answered and refused: wrong credentials, illegal address, busy."""


class StoreError(GreendcError):
    """The store could not do what was asked."""


class StoreAway(StoreError):
    """The store does not answer, or answers that it cannot work now; the same write may succeed later."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        """Keep how long the store asked to be left alone, in seconds, when it said so."""
        self.retry_after_s = retry_after_s
        super().__init__(message)


class StoreRefused(StoreError):
    """The store rejects the token, the database or the permission: hold the data and tell a person."""


class PointsRefused(StoreError):
    """Some readings of a batch can never be stored; all others of the batch are stored.

    ``indices`` are positions in the sequence that was given to ``write``.
    """

    def __init__(self, message: str, indices: Sequence[int]) -> None:
        """Keep the positions of the refused readings."""
        self.indices = tuple(indices)
        super().__init__(message)


class PayloadError(GreendcError):
    """A message that is not a well-formed payload of ours."""


class WriterBusy(GreendcError):
    """Another process is the writer of this data directory."""
