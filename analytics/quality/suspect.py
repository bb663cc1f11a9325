"""Which meter of a group is most likely wrong when its branches count more than it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.quality.twins import Agreement, factor_near

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analytics.counters import Floats

PARTS = (2.0, 3.0, 1.5)
"""A meter that counts one of two feeds, one of three phases or two of three is too low by one of these."""
NEAR = 0.08
EXPLAINS = 0.5
"""A jump must make up this share of the change of the remainder."""
FEWEST_HOURS = 2


class Suspicion(msgspec.Struct, frozen=True):
    """A meter by its label, and why (`quality.suspicion.*`)."""

    meter: str
    because: str


def suspected(
    labels: Sequence[str],
    energy: Floats,
    parents: int,
    bad: NDArray[np.bool_],
    known: NDArray[np.bool_],
    twins: Sequence[Agreement | None],
) -> Suspicion:
    """Return the suspect; rows of ``energy`` [J] are meters, the first ``parents`` of them parents, columns hours.

    In this order: a meter whose register disagrees with its own power; the one that jumped when the remainder went
    below 0; one whose error is a usual factor; else the lone parent, before several branches.
    """
    for label, twin in zip(labels, twins, strict=True):
        if twin is not None and twin.agreeing < twin.hours:
            return Suspicion(label, "register_and_rate")
    signs = np.where(np.arange(len(labels)) < parents, 1.0, -1.0)
    return (
        _jumped(labels, energy, signs, bad, known & ~bad)
        or _by_factor(labels, energy[:, bad & known].sum(axis=1), signs)
        or Suspicion(labels[int(np.argmax(np.abs(energy[:parents]).sum(axis=1)))], "one_against_many")
    )


def _jumped(
    labels: Sequence[str], energy: Floats, signs: Floats, bad: NDArray[np.bool_], good: NDArray[np.bool_]
) -> Suspicion | None:
    if np.count_nonzero(good) < FEWEST_HOURS or not bad.any():
        return None
    change = signs * (energy[:, bad].mean(axis=1) - energy[:, good].mean(axis=1))
    worst = int(change.argmin())
    return Suspicion(labels[worst], "jumped") if change[worst] <= EXPLAINS * change.sum() < 0 else None


def _by_factor(labels: Sequence[str], energy: Floats, signs: Floats) -> Suspicion | None:
    rest = float((signs * energy).sum())
    for label, counted, sign in zip(labels, energy, signs, strict=True):
        true = counted - sign * rest
        if true <= 0 or counted <= 0:
            continue
        ratio = counted / true
        if factor_near(ratio) is not None or any(abs(ratio * part - 1.0) <= NEAR for part in PARTS):
            return Suspicion(label, "factor")
    return None
