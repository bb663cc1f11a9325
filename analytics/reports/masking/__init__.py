"""Names that a reader may not see: replaced before anything is gathered, and looked for in what was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analytics.reports.masking.history import MaskedHistory
from analytics.reports.masking.leaks import Leak, leaks
from analytics.reports.masking.ledger import MaskedLedger
from analytics.reports.masking.names import Names, identifiers
from analytics.reports.masking.place import masked_site
from analytics.reports.masking.wording import masked_account, masked_commitments, masked_declared
from analytics.reports.request import Masking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.contracts import History, Ledger
    from greendc.site import Site

__all__ = [
    "Leak",
    "Masked",
    "MaskedHistory",
    "MaskedLedger",
    "Names",
    "identifiers",
    "leaks",
    "masked",
    "masked_account",
    "masked_commitments",
    "masked_declared",
]


class Masked(NamedTuple):
    """What a reader may see: site, readings and ledger with names of numbers, and what is called what."""

    site: Site
    history: History
    ledger: Ledger
    names: Names


def masked(site: Site, history: History, ledger: Ledger, masking: Masking, people: Sequence[str] = ()) -> Masked:
    """Return a site and what is known of it as a reader may see it; for `Masking.INTERNAL` as they are.

    ``people`` wrote for the report and may not be known to the ledger.

    Raises:
        StoreAway: the store or the ledger does not answer.
    """
    if masking is Masking.INTERNAL:
        return Masked(site, history, ledger, Names({}, identifiers=frozenset()))
    names = Names.of(site, history, ledger, masking, people)
    return Masked(masked_site(site, names), MaskedHistory(history, site, names), MaskedLedger(ledger, names), names)
