"""Writing with patience: for commands that have a person waiting, and no spool behind them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from greendc.errors import StoreAway

if TYPE_CHECKING:
    from collections.abc import Callable

ATTEMPTS = 8
FIRST_S = 0.5
LONGEST_S = 30.0


def patiently(action: Callable[[], None], wait: Callable[[float], None] = time.sleep) -> None:
    """Do something that may find the store away, again with growing pauses, or after the time that the store asks for.

    Raises:
        StoreAway: it was away too often.
        StoreError: anything else at once.
    """
    for attempt in range(ATTEMPTS):
        try:
            action()
        except StoreAway as error:
            if attempt == ATTEMPTS - 1:
                raise
            asked = error.retry_after_s or 0.0
            wait(min(max(asked, FIRST_S * 2**attempt), LONGEST_S))
        else:
            return
