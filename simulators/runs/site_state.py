"""What a run leaves for the next one: where its registers stand, and how far back the past has been made.

Two files, each with one writer: the run itself keeps ``simulate-state.json``, whoever fills in the past keeps
``simulate-past.json``.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import msgspec

from greendc.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

S = TypeVar("S", bound=msgspec.Struct)

Registers = dict[str, dict[str, list[float]]]
"""By plant and register."""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A time [s since 1970] and the registers as they stand then."""

    time_s: float
    registers: Registers


class SiteState(msgspec.Struct, frozen=True, kw_only=True):
    """A site that has lived from ``first`` to ``last``; what was before is made from ``first`` backwards.

    ``was_live`` tells that it answered over its protocols, so that what it said cannot be made again. ``cuts`` are the
    times [s since 1970] up to which it was made in one go; made again, it is cut there again.
    """

    identity: str
    first: Moment
    last: Moment
    was_live: bool
    cuts: list[float] = []


class PastState(msgspec.Struct, frozen=True, kw_only=True):
    """How far the past of the site that began at ``first_s`` has been made, and how far it is wanted."""

    identity: str
    first_s: float
    wanted_s: float
    reached: Moment

    @property
    def ratio(self) -> float:
        """Return the share of the wanted past that there is, 0..1."""
        whole_s = self.first_s - self.wanted_s
        return 1.0 if whole_s <= 0.0 else min(1.0, max(0.0, (self.first_s - self.reached.time_s) / whole_s))


class StateFiles:
    """The state files of a data directory."""

    def __init__(self, data_dir: Path, identity: str) -> None:
        """Care only for what a site of this identity (preset, seed and the like) left behind."""
        self._data_dir = data_dir
        self._identity = identity

    def site(self) -> SiteState | None:
        """Return what the run before left; None when there was none, or one of another site."""
        state = _read(self._data_dir / "simulate-state.json", SiteState)
        return state if state is not None and state.identity == self._identity else None

    def past(self, first_s: float) -> PastState | None:
        """Return how far the past before ``first_s`` was made; None when it was not begun."""
        state = _read(self._data_dir / "simulate-past.json", PastState)
        return state if state is not None and (state.identity, state.first_s) == (self._identity, first_s) else None

    def keep_site(self, first: Moment, last: Moment, *, was_live: bool, cuts: Sequence[float] = ()) -> None:
        """Write the state of the site."""
        state = SiteState(identity=self._identity, first=first, last=last, was_live=was_live, cuts=list(cuts))
        _write(self._data_dir / "simulate-state.json", state)

    def keep_past(self, first_s: float, wanted_s: float, reached: Moment) -> PastState:
        """Write how far the past has been made."""
        state = PastState(identity=self._identity, first_s=first_s, wanted_s=wanted_s, reached=reached)
        _write(self._data_dir / "simulate-past.json", state)
        return state


def identity_in(data_dir: Path) -> str | None:
    """Return which site was simulated in a data directory; None when it was none, or its state cannot be read."""
    state = _read(data_dir / "simulate-state.json", SiteState)
    return state.identity if state is not None else None


@contextmanager
def only_simulation(data_dir: Path) -> Iterator[None]:
    """Be the only simulation in a data directory; the lock goes with the process, however that ends.

    Raises:
        ConfigError: another one runs there.
    """
    with (data_dir / "simulate.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError.single("simulate.running", hint="simulate.running_hint", file=data_dir) from error
        yield


def _read(file: Path, kind: type[S]) -> S | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError):
        return None


def _write(file: Path, state: msgspec.Struct) -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.write_bytes(msgspec.json.encode(state))
    fresh.replace(file)
