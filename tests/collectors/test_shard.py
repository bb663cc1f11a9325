"""Devices are shared out among pollers."""

from __future__ import annotations

from collections import Counter

import pytest

from collectors.shard import parse_shard, shard_of, share
from greendc.device import DeviceEntry
from greendc.errors import ConfigError

NAMES = [f"rack-{row}-{i}" for row in "abcd" for i in range(500)]


def test_each_device_has_one_reader() -> None:
    """All shards together read each device once, and none reads much more than another."""
    devices = [DeviceEntry(name=name, profile="host", address="host://") for name in NAMES]
    shares = [share(devices, shard, 8) for shard in range(1, 9)]
    assert sorted(device.name for part in shares for device in part) == sorted(NAMES)
    assert all(190 <= len(part) <= 310 for part in shares)


def test_one_more_poller_moves_few_devices() -> None:
    """From 8 to 9 pollers, about a ninth of the devices move, and only to the new one."""
    moved = Counter(shard_of(name, 9) for name in NAMES if shard_of(name, 8) != shard_of(name, 9))
    assert set(moved) == {9}
    assert moved[9] == pytest.approx(len(NAMES) / 9, rel=0.25)


def test_the_choice_does_not_depend_on_the_process() -> None:
    """The same name goes to the same shard on every machine and in every version."""
    assert [shard_of(name, 8) for name in ("pdu-1", "pdu-2", "ups-1", "chiller-1")] == [1, 6, 7, 2]


def test_reads_the_command_line_s_form() -> None:
    """A shard is written 2/8."""
    assert parse_shard("2/8") == (2, 8)


@pytest.mark.parametrize("text", ["", "0/8", "9/8", "2", "2/0", "a/b", "-1/8", "2/8/9"])
def test_refuses_what_is_no_shard(text: str) -> None:
    """Anything else is a configuration error in one sentence."""
    with pytest.raises(ConfigError, match="shard"):
        parse_shard(text)
