"""A small site in memory and its chain, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.reports.chain import Growth, KeptFile, book_of
from greendc.ledger import SqliteLedger
from greendc.model import Quality, Reading, SeriesKey
from greendc.site import Role, Site, SiteInfo
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, START, meter

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.reports.chain import Link
    from greendc.contracts import Store

DAY = 24 * HOUR
STEP = 10 * MINUTE
SITE = "digested"
PLANT = Site(info=SiteInfo(name=SITE, timezone="UTC"), meters=[meter(Role.FACILITY_INPUT, "main")])
ENERGY = SeriesKey(SITE, "main", "", "active_energy_j")
INLET = SeriesKey(SITE, "rack/1", "", "inlet_temperature_c")
FAN = SeriesKey(SITE, "rack", "1", "inlet_temperature_c")
"""Its label is that of `INLET`, and it is another series."""


def reading(key: SeriesKey, time_ns: int, value: float | None, reason: str = "") -> Reading:
    """Return a reading; one without a value is bad."""
    return Reading(
        time_ns=time_ns,
        site=key.site,
        device=key.device,
        part=key.part,
        quantity=key.quantity,
        value=value,
        quality=Quality.GOOD if value is not None else Quality.BAD,
        reason=reason if value is not None else reason or "no_answer",
    )


def course(key: SeriesKey, start_ns: int, end_ns: int) -> list[Reading]:
    """Return readings every ten minutes whose values follow from their times."""
    return [reading(key, at_ns, float(at_ns // MINUTE % 100_003)) for at_ns in range(start_ns, end_ns, STEP)]


class OpenHistory(MemoryHistory):
    """A store into which someone can reach without anything arriving."""

    def alter(self, *readings: Reading) -> None:
        """Write over readings, and tell of no arrival."""
        for one in readings:
            self._series[one.key][one.time_ns] = one

    def remove(self, key: SeriesKey, start_ns: int, end_ns: int) -> None:
        """Take readings away."""
        for time_ns in [at for at in self._series[key] if start_ns <= at < end_ns]:
            del self._series[key][time_ns]


class Centre:
    """A store, a ledger and a chain that is kept up with a clock."""

    def __init__(self, folder: Path, store: Store | None = None, days: int = 3) -> None:
        """Make a site that has lived for some days."""
        self.folder = folder
        self.memory = OpenHistory()
        self.store: Store | OpenHistory = self.memory if store is None else store
        self.ledger = SqliteLedger(folder / "ledger.sqlite")
        self.file = KeptFile(folder / "chain.sqlite")
        self.now_ns = START
        self.growth = Growth(PLANT, self.ledger, self.file)
        for key in (ENERGY, INLET, FAN):
            self.store.write(course(key, START, START + days * DAY))
        self.pass_hours(24 * days + 2)

    def restart(self) -> None:
        """Forget all that is not on disk."""
        self.growth = Growth(PLANT, self.ledger, self.file)

    def write(self, *readings: Reading) -> None:
        """Let readings come now."""
        self.store.write(readings)

    def pass_hours(self, hours: int) -> list[Link]:
        """Let time pass and the chain grow, and return the links that were made."""
        before = len(self.links())
        self.growth.extend(self.store, self.now_ns)
        self.now_ns += hours * HOUR
        while not self.growth.extend(self.store, self.now_ns):
            pass
        return self.links()[before:]

    def scrub(self) -> list[Link]:
        """Read every day again that has a link, and return the links that were made."""
        before = len(self.links())
        for turn in range(before):
            self.growth.scrub(self.store, turn, self.now_ns)
        return self.links()[before:]

    def links(self) -> list[Link]:
        """Return the chain."""
        return list(book_of(self.ledger).chain().links)

    def close(self) -> None:
        """Let go of the files."""
        self.file.close()
        self.ledger.close()
