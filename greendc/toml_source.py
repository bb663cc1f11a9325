"""TOML files that people write: the values, and the place of every key so that a complaint can point at it."""

from __future__ import annotations

import re
import tomllib
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

import msgspec

from greendc.errors import ConfigError, Problem
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

T = TypeVar("T")

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?")
_KEY = re.compile(r"""^(\s*)((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_SYNTAX_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_INNER_PATH = re.compile(r" - at `\$\.?([^`]*)`$")
_UNKNOWN_FIELD = re.compile(r"unknown field `([^`]+)`")
_WRONG_WORD = re.compile(r"Invalid enum value '([^']*)'")
_WRONG_DATE = re.compile(r"RFC3339 encoded date$|^Expected `date`")
_MISSING_FIELD = re.compile(r"missing required field `([^`]+)`")


class TomlSource:
    """A parsed TOML file that knows where each of its keys stands."""

    def __init__(self, file: str, text: str) -> None:
        """Parse ``text``, which was read from ``file``.

        Raises:
            ConfigError: the text is not TOML; the problem carries line and column.
        """
        self.file = file
        self.places = _index(text)
        try:
            self.data: dict[str, object] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError([_syntax_problem(file, text, error)]) from error
        except RecursionError as error:
            raise ConfigError.single("errors.toml_deep", file=file) from error

    @classmethod
    def read(cls, path: Path) -> TomlSource:
        """Read and parse a file.

        Raises:
            ConfigError: the file is missing, unreadable, not UTF-8 or not TOML.
        """
        try:
            # An editor may have put a byte order mark before the first key.
            return cls(str(path), path.read_text("utf-8-sig"))
        except FileNotFoundError as error:
            raise ConfigError.single("errors.file_missing", file=path, hint="errors.file_missing_hint") from error
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError.single("errors.file_unreadable", file=path, why=_why(error)) from error

    def place(self, path: str) -> tuple[int, int]:
        """Return line and column of a key path such as ``devices[3].profile``, or of its nearest parent."""
        while path:
            if path in self.places:
                return self.places[path]
            path = re.sub(r"(\.[^.\[]+|\[\d+\]|^[^.\[]+)$", "", path)
        return (0, 0)

    def problem(self, path: str, key: str, hint: str = "", level: str = "error", **params: str) -> Problem:
        """Return a problem that points at the key path."""
        line, column = self.place(path)
        return Problem(
            key=key, params=params, hint=hint, level=level, file=self.file, line=line, column=column, path=path
        )

    def secret_problem(self, path: str, problem: Problem) -> Problem:
        """Return what is wrong with a secret's file as a problem of the key path that names it."""
        why = f"{problem.file}: {problem.params.get('why', '')}"
        return self.problem(path, problem.key, problem.hint, **{**problem.params, "why": why})

    def convert(self, value: object, into: type[T], path: str, problems: list[Problem]) -> T | None:
        """Return ``value`` as a struct, or None after adding what is wrong with it to ``problems``."""
        try:
            return msgspec.convert(value, into)
        except msgspec.ValidationError as error:
            problems.append(self._validation_problem(str(error), path, into))
            return None

    def convert_each(self, values: Sequence[object], into: type[T], path: str, problems: list[Problem]) -> list[T]:
        """Return those entries of a list that fit, after adding what is wrong with the others to ``problems``."""
        found = [self.convert(value, into, f"{path}[{i}]", problems) for i, value in enumerate(values)]
        return [entry for entry in found if entry is not None]

    def _validation_problem(self, message: str, path: str, into: type) -> Problem:
        inner = _INNER_PATH.search(message)
        where = _joined(path, inner.group(1) if inner else "")
        said = _INNER_PATH.sub("", message)
        if unknown := _UNKNOWN_FIELD.search(said):
            where = _joined(where, unknown.group(1))
            return self.problem(where, "errors.unknown_key", "errors.unknown_key_hint", name=unknown.group(1))
        if missing := _MISSING_FIELD.search(said):
            return self.problem(where, "errors.missing_key", name=missing.group(1))
        if (wrong := _WRONG_WORD.search(said)) and (known := _words_of(into, where)):
            return self.problem(where, "errors.unknown_word", "errors.known_words", name=wrong.group(1), known=known)
        hint = "errors.date_hint" if _WRONG_DATE.search(said) else ""
        return self.problem(where, "errors.wrong_value", hint, why=said)


def _why(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return t("errors.not_utf8")
    return error.strerror or str(error)


def _words_of(into: type, path: str) -> str:
    """Return the words that the last key of a path may have in a struct, when its type is an enumeration."""
    field = path.rpartition(".")[2]
    kinds = [known.type for known in msgspec.structs.fields(into) if known.name == field]
    enumerations = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Enum)]
    return ", ".join(str(word.value) for kind in enumerations for word in kind)


def _joined(path: str, inner: str) -> str:
    if not inner:
        return path
    return f"{path}{inner}" if inner.startswith("[") or not path else f"{path}.{inner}"


def _syntax_problem(file: str, text: str, error: tomllib.TOMLDecodeError) -> Problem:
    found = _SYNTAX_PLACE.search(str(error))
    if found:
        line, column = int(found.group(1)), int(found.group(2))
    else:  # "at end of document"
        lines = text.splitlines() or [""]
        line, column = len(lines), len(lines[-1]) + 1
    why = _SYNTAX_PLACE.sub("", str(error)).strip()
    return Problem(key="errors.toml_syntax", params={"why": why}, file=file, line=line, column=column)


def _index(text: str) -> dict[str, tuple[int, int]]:
    """Return where each key path stands; tables of arrays are counted, multi-line strings are skipped."""
    places: dict[str, tuple[int, int]] = {}
    counts: dict[str, int] = {}
    prefix = ""
    closing = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if closing:
            closing = "" if closing in line else closing
            continue
        header = _HEADER.match(line)
        if header:
            prefix = _header_path(header.group(2), counts, is_array=header.group(1) == "[[")
            places.setdefault(prefix, (number, len(line) - len(line.lstrip()) + 1))
        elif key := _KEY.match(line):
            name = re.sub(r"\s*\.\s*", ".", key.group(2)).replace('"', "").replace("'", "")
            places.setdefault(_joined(prefix, name), (number, len(key.group(1)) + 1))
        closing = _opened(line)
    return places


def _header_path(name: str, counts: dict[str, int], *, is_array: bool) -> str:
    """Return the path of a table header, with the position of every array table it stands in."""
    parts = [part.strip().strip("\"'") for part in name.split(".")]
    path = ""
    for depth, part in enumerate(parts):
        path = _joined(path, part)
        last = depth == len(parts) - 1
        if last and is_array:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = f"{path}[{counts[path]}]"
    return path


def _opened(line: str) -> str:
    for quotes in ('"""', "'''"):
        if line.count(quotes) % 2:
            return quotes
    return ""
