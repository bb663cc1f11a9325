"""Which of several pollers reads which device, agreed upon without talking.

Each poller weighs every shard for a device's name by a hash and takes the device when its own shard weighs most
(rendezvous hashing, Thaler and Ravishankar 1998). Adding one to n shards moves only about 1/(n + 1) of the devices, all
of them to the new one.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from greendc.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.device import DeviceEntry

_FORM = re.compile(r"(\d{1,4})/(\d{1,4})")


def parse_shard(text: str) -> tuple[int, int]:
    """Return shard and number of shards of a text such as ``2/8``; shards count from 1.

    Raises:
        ConfigError: the text is not of this form, or the shard is not one of them.
    """
    found = _FORM.fullmatch(text.strip())
    shard, count = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= shard <= count:
        raise ConfigError.single("collectors.shard", path="--shard", text=text)
    return shard, count


def shard_of(name: str, count: int) -> int:
    """Return the shard, from 1 to ``count``, that reads a device."""
    return max(
        range(1, count + 1), key=lambda shard: hashlib.blake2b(f"{shard}/{name}".encode(), digest_size=8).digest()
    )


def share(devices: Sequence[DeviceEntry], shard: int, count: int) -> list[DeviceEntry]:
    """Return the devices that one of ``count`` shards reads."""
    return [device for device in devices if shard_of(device.name, count) == shard]
