"""A complaint about a file points at the line and column where the cause stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendc.errors import ConfigError, Problem
from greendc.toml_source import TomlSource

if TYPE_CHECKING:
    from pathlib import Path

TEXT = '''schema = 1
[site]
name = "x"
note = """
fake = 1
[fake]
"""
[[devices]]
name = "a"
  profile = "p"
[[devices]]
name = "b"
[credentials.snmp]
kind = "v2"
'''


class Thing(msgspec.Struct, forbid_unknown_fields=True):
    """A struct to convert into."""

    name: str
    count: int = 0


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("schema", (1, 1)),
        ("site.name", (3, 1)),
        ("devices[0].profile", (10, 3)),
        ("devices[1].name", (12, 1)),
        ("devices[1].missing", (11, 1)),
        ("credentials.snmp.kind", (14, 1)),
        ("nothing.like.it", (0, 0)),
    ],
)
def test_place_of_a_key(path: str, place: tuple[int, int]) -> None:
    """Every key, and the nearest parent of a missing one, is found where it stands; strings are not read as keys."""
    assert TomlSource("f.toml", TEXT).place(path) == place


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("a = 1\nb = = 2\n", 2, 5), ("[x\n", 1, 3), ('a = "open\n', 1, 10)],
)
def test_syntax_errors_have_a_place(text: str, line: int, column: int) -> None:
    """What is not TOML is refused with the line and column where it stops being so."""
    with pytest.raises(ConfigError) as caught:
        TomlSource("f.toml", text)
    problem = caught.value.problems[0]
    assert (problem.file, problem.line, problem.column) == ("f.toml", line, column)


@pytest.mark.parametrize(
    ("raw", "code", "path"),
    [
        ({"name": "a", "colour": 1}, "errors.unknown_key", "devices[0].colour"),
        ({}, "errors.missing_key", "devices[0]"),
        ({"name": "a", "count": "many"}, "errors.wrong_value", "devices[0].count"),
    ],
)
def test_what_does_not_fit_is_named(raw: dict[str, object], code: str, path: str) -> None:
    """A value that does not fit becomes a problem with the path of the field, and no exception."""
    problems: list[Problem] = []
    assert TomlSource("f.toml", TEXT).convert(raw, Thing, "devices[0]", problems) is None
    assert [(problem.key, problem.path) for problem in problems] == [(code, path)]
    assert problems[0].line > 0


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    """A file that is not there is a configuration error that names the file."""
    with pytest.raises(ConfigError, match=r"none\.toml"):
        TomlSource.read(tmp_path / "none.toml")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are a configuration error."""
    file = tmp_path / "x.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="save it as UTF-8"):
        TomlSource.read(file)


def test_endless_nesting_is_refused() -> None:
    """Thousands of brackets within each other are a configuration error."""
    with pytest.raises(ConfigError, match=r"f\.toml .*too deeply"):
        TomlSource("f.toml", "a = " + "[" * 5000 + "]" * 5000)


@given(st.text(alphabet="ab[]=.\"'#\n 1{},", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes the reader fail in another way than by a configuration error."""
    try:
        source = TomlSource("f.toml", text)
    except ConfigError:
        return
    assert isinstance(source.data, dict)
