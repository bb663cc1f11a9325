"""The same energy under another tariff, or another load under the same one: what the bill would have been."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.tariff.bill import Bill, Intervals, bill

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.tariff.price_table import PriceTable


class BillReplay(msgspec.Struct, frozen=True, kw_only=True):
    """A bill as it was and as it would have been."""

    before: Bill
    after: Bill

    @property
    def saving(self) -> float:
        """Return how much less the other bill is."""
        return self.before.total - self.after.total

    def by_kind(self) -> dict[str, float]:
        """Return the saving by kind of item."""
        kinds = dict.fromkeys(item.kind for item in (*self.before.items, *self.after.items))
        return {kind: self.before.amount(kind) - self.after.amount(kind) for kind in kinds}


def under_another(before: PriceTable, after: PriceTable, intervals: Intervals) -> BillReplay:
    """Return the bill of the same intervals under two tariffs.

    Raises:
        ValueError: the tariffs count in different currencies.
    """
    if before.currency != after.currency:
        message = f"{before.currency} and {after.currency} cannot be compared"
        raise ValueError(message)
    return BillReplay(before=bill(before, intervals), after=bill(after, intervals))


def with_another(table: PriceTable, before: Intervals, after: Intervals) -> BillReplay:
    """Return the bills of two loads under one tariff."""
    return BillReplay(before=bill(table, before), after=bill(table, after))


def cheapest_first(tables: Mapping[str, PriceTable], intervals: Intervals) -> list[tuple[str, Bill]]:
    """Return the bill under each tariff by name, the lowest total first."""
    found = [(name, bill(table, intervals)) for name, table in tables.items()]
    return sorted(found, key=lambda entry: entry[1].total)
