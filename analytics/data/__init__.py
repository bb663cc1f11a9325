"""Dated limits, factors and coefficients, each with its source and how sure it is; read here and nowhere else."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)


def read(name: str, into: type[S]) -> S:
    """Return the data file ``name`` (without ``.toml``).

    Raises:
        FileNotFoundError: there is no such file.
        msgspec.ValidationError: the file has another form.
    """
    return msgspec.convert(tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text("utf-8")), into)
