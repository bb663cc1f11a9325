"""The store of one machine: columns sealed by pcodec in one SQLite file, nothing to install.

`lots` keep what came in last, batch by batch; `sealing` turns them into chunks, one or more to a series and day;
`rolling` makes the rollups of days that are over; `reads` answers from all three.
"""

from greendc.storage.embedded.store import EmbeddedStore

__all__ = ["EmbeddedStore"]
