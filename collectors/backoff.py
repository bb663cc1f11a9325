"""How long to wait before trying again: doubling, capped, and spread so that a thousand nodes do not return at once."""

from __future__ import annotations


def pause_s(attempt: int, spread: float, *, first_s: float = 1.0, longest_s: float = 60.0) -> float:
    """Return the pause [s] before try number ``attempt`` (from 1); ``spread`` is a random number in 0..1.

    The pause lies between half and the whole of the doubled step, so it is never zero.
    """
    step = min(longest_s, first_s * 2.0 ** min(attempt - 1, 30))
    return step * (0.5 + spread / 2)
