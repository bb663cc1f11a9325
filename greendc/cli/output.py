"""What commands print: people's text, or exactly one JSON envelope ``{"ok", "data", "problems"}`` on stdout."""

from __future__ import annotations

import logging
import os
import sys
import unicodedata
from functools import partial
from typing import TYPE_CHECKING, NoReturn

import msgspec
import typer

from greendc.display import one_line
from greendc.errors import EXIT_CONFIG, EXIT_FAILED, EXIT_OK, ConfigError, GreendcError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

JsonValue = object

LONGEST = 20_000

log = logging.getLogger("greendc.cli")


class Output:
    """Where a command says what it found. With ``as_json`` people's text goes to stderr."""

    def __init__(self, *, as_json: bool) -> None:
        """Choose the form."""
        self.as_json = as_json
        self._people = sys.stderr if as_json else sys.stdout

    def say(self, text: str) -> None:
        """Print lines for people. What would steer their terminal stays out: names and cells come from anywhere."""
        try:
            self._people.write("".join(f"{one_line(line, LONGEST)}\n" for line in text.split("\n")))
            self._people.flush()
        except BrokenPipeError as error:
            # Who read has left, as ``head`` does: nothing is wrong, and at exit nothing may be flushed to nobody.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._people.fileno())
            raise typer.Exit(EXIT_FAILED) from error

    def finish(
        self, data: JsonValue, problems: Sequence[Problem] = (), *, code: int | None = None, ok: bool | None = None
    ) -> NoReturn:
        """Print problems and, with ``--json``, the envelope; end the process with the right exit code."""
        errors = [problem for problem in problems if problem.level == "error"]
        result = code if code is not None else (EXIT_FAILED if errors else EXIT_OK)
        for problem in problems:
            sys.stderr.write(f"{one_line(problem.sentence(), LONGEST)}\n")
        if self.as_json:
            envelope = {
                "ok": (result == EXIT_OK) if ok is None else ok,
                "data": data,
                "problems": [problem.as_json() for problem in problems],
            }
            sys.stdout.write(msgspec.json.format(msgspec.json.encode(envelope), indent=2).decode() + "\n")
        sys.stdout.flush()
        raise typer.Exit(result)

    def guard(self, action: Callable[[], None]) -> None:
        """Run a command's body; an error that greendc raises on purpose becomes a sentence and an exit code."""
        try:
            action()
        except ConfigError as error:
            self.finish(None, error.problems, code=EXIT_CONFIG)
        except GreendcError as error:
            self.finish(None, [failure(error)], code=EXIT_FAILED)
        except OSError as error:
            log.debug("the command's failure in full", exc_info=True)
            said = error.strerror or str(error)
            problem = Problem(key="cli.failed", params={"why": said}, file=str(error.filename or ""))
            self.finish(None, [problem], code=EXIT_FAILED)
        except ExceptionGroup as group:
            # Tasks that ran together: what one of them raised on purpose is said, a bug is not hidden.
            if group.split((GreendcError, OSError))[1] is not None:
                raise
            self.guard(partial(_raise, _first(group)))


def column(text: str, width: int) -> str:
    """Return a text filled up to ``width`` cells of a terminal, in which a Chinese character takes two."""
    cells = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
    return text + " " * (width - cells)


def failure(error: GreendcError, hint: str = "") -> Problem:
    """Return what a command says of an error that is no mistake in a file."""
    return Problem(key="cli.failed", params={"why": str(error).rstrip(".。 ")}, hint=hint)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _raise(error: BaseException) -> None:
    raise error
