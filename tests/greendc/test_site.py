"""The site file: what is good is read, what is broken is named with its place, all at once."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from greendc.device import is_loopback, parse_address
from greendc.errors import ConfigError
from greendc.site import Role, Site, load_site, read_site
from greendc.toml_source import TomlSource

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """schema = 1
[site]
name = "room"
timezone = "Asia/Shanghai"
[[rooms]]
name = "room-1"
[[racks]]
name = "r01"
room = "room-1"
[credentials.snmp]
kind = "snmp-v2c"
community = "demo"
[[devices]]
name = "pdu-a"
profile = "apc-rpdu2"
address = "snmp://127.0.0.1:16100"
credential = "snmp"
rack = "r01"
[[meters]]
role = "pdu_output"
device = "pdu-a"
valid_from = 2026-01-01
valid_to = 2026-07-01
[[meters]]
role = "pdu_output"
device = "pdu-a"
part = "phase/l1"
valid_from = 2026-07-01
[tariff]
price_per_kwh = 0.5
"""


def load(text: str) -> tuple[Site | None, list[str]]:
    """Return the site and each problem as ``code@line``."""
    site, problems = load_site(TomlSource("site.toml", text))
    return site, [f"{problem.key.removeprefix('errors.')}@{problem.line}" for problem in problems]


def test_a_good_file_is_read() -> None:
    """Every table of a good file arrives in the site, and nothing is complained about."""
    site, problems = load(GOOD)
    assert site is not None
    assert problems == []
    assert site.device("pdu-a").rack == "r01"
    assert str(site.zone()) == "Asia/Shanghai"
    assert site.tariff is not None
    with pytest.raises(KeyError):
        site.device("other")


def test_roles_are_dated() -> None:
    """On the day of a change the new meter counts and the old one no longer does."""
    site, _ = load(GOOD)
    assert site is not None
    before = site.meters_of(Role.PDU_OUTPUT, dt.date(2026, 6, 30))
    after = site.meters_of(Role.PDU_OUTPUT, dt.date(2026, 7, 1))
    assert [meter.part for meter in before + after] == ["", "phase/l1"]


@pytest.mark.parametrize(
    ("role", "energy", "power"),
    [
        ("storage", "active_energy_j", "active_power_w"),
        ("water_input", "water_volume_m3", "water_flow_m3_s"),
        ("heat_reuse", "heat_energy_j", "heat_power_w"),
    ],
)
def test_a_role_knows_what_it_counts(role: str, energy: str, power: str) -> None:
    """Meters of water and heat are read by their own registers without being told; storage counts electricity."""
    site, problems = load(GOOD.replace('role = "pdu_output"', f'role = "{role}"', 1))
    assert problems == []
    assert site is not None
    assert (site.meters[0].role, site.meters[0].energy, site.meters[0].power) == (role, energy, power)
    assert site.meters[1].energy == "active_energy_j"


def test_an_entry_may_name_another_register() -> None:
    """What an entry says goes before what its role would read."""
    site, problems = load(GOOD.replace('role = "pdu_output"', 'role = "storage"\nenergy = "charged_energy_j"', 1))
    assert problems == []
    assert site is not None
    assert site.meters[0].energy == "charged_energy_j"


V2C = 'kind = "snmp-v2c"\ncommunity = "demo"'
V3 = 'kind = "snmp-v3"\nuser = "monitor"\nauth = "long-enough"\nprivacy = "long-enough-too"'


def test_passphrases_may_stand_in_the_file_for_this_machine() -> None:
    """On the loopback a v3 user's passphrases are accepted in the file, like a community."""
    site, problems = load_site(TomlSource("site.toml", GOOD.replace(V2C, V3)))
    assert not problems
    assert site is not None
    credential = site.credentials["snmp"]
    assert (credential.auth.reveal(), credential.privacy.reveal()) == ("long-enough", "long-enough-too")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("schema = 1", "schema = 9", ["schema@1"]),
        ('timezone = "Asia/Shanghai"', 'timezone = "Asia/Nowhere"', ["timezone@4"]),
        ('timezone = "Asia/Shanghai"', 'colour = "red"', ["unknown_key@4"]),
        ('profile = "apc-rpdu2"', 'profile = "apc-rpdu"', ["unknown_profile@15"]),
        ("snmp://127.0.0.1:16100", "ftp://127.0.0.1", ["address@16"]),
        ("snmp://127.0.0.1:16100", "snmp://127.0.0.1:99999", ["address@16"]),
        ("snmp://127.0.0.1:16100", "snmp://10.0.0.9", ["inline_secret@12"]),
        (
            V2C,
            f'{V3}\n[[devices]]\nname = "x"\nprofile = "apc-rpdu2"\naddress = "snmp://10.0.0.9"\ncredential = "snmp"',
            ["inline_secret@13", "inline_secret@14"],
        ),
        ('credential = "snmp"', 'credential = "other"', ["unknown_credential@17"]),
        ('credential = "snmp"', "", ["no_community@13"]),
        ('rack = "r01"', 'rack = "r09"', ["unknown_rack@18"]),
        ('room = "room-1"', 'room = "room-9"', ["unknown_room@9"]),
        ('kind = "snmp-v2c"', 'kind = "snmp-v1"', ["credential_kind@11"]),
        ('role = "pdu_output"\ndevice = "pdu-a"\nvalid', 'role = "it"\ndevice = "pdu-a"\nvalid', ["unknown_word@20"]),
        ("valid_from = 2026-01-01", 'valid_from = "soon"', ["wrong_value@22"]),
        ("valid_from = 2026-01-01", "factor = 0.0", ["wrong_value@22"]),
        ("valid_from = 2026-01-01", "accuracy_ratio = nan", ["wrong_value@22"]),
        ('part = "phase/l1"\nvalid_from = 2026-07-01', "valid_from = 2026-06-30", ["overlap@24"]),
        ("apc-rpdu2", "schneider-iem3000", ["wrong_protocol@15"]),
        ('rack = "r01"', 'engine = "netsnmp"', ["unknown_word@18"]),
        ('community = "demo"', 'community_file = "/nowhere"', ["secret_unreadable@10"]),
        ('kind = "snmp-v2c"\ncommunity = "demo"', 'kind = "snmp-v3"\nprivacy_protocol = "des"', ["unknown_word@12"]),
        ('kind = "snmp-v2c"\ncommunity = "demo"', 'kind = "snmp-v3"', ["no_community@12"]),
        ("valid_to = 2026-07-01", "valid_to = 2025-07-01", ["empty_period@23"]),
        ('device = "pdu-a"\npart', 'device = "pdu-z"\npart', ["unknown_device@26"]),
        ("price_per_kwh = 0.5", "", ["missing_key@29"]),
        ("valid_from = 2026-01-01", 'energy = "water_volume_m3"', ["wrong_counter@22"]),
        ('role = "pdu_output"', 'role = "water_input"\nenergy = "heat_energy_j"', ["wrong_counter@21"]),
    ],
)
def test_each_mistake_is_named_where_it_stands(old: str, new: str, expected: list[str]) -> None:
    """One mistake in the file gives one problem at the mistake's line."""
    assert old in GOOD
    assert [said for said in load(GOOD.replace(old, new, 1))[1] if not said.startswith("unknown_credential@0")][
        : len(expected)
    ] == expected


def test_all_mistakes_are_named_at_once() -> None:
    """Several broken entries are all reported, each at its own line."""
    text = GOOD + '[[devices]]\nname = "B!"\n[[devices]]\nname = "c"\nprofile = "x"\naddress = "host://"\nsize = 1\n'
    codes = load(text)[1]
    assert len(codes) == 2
    assert len({code.partition("@")[2] for code in codes}) == 2


def test_two_devices_of_one_name_are_refused() -> None:
    """A double name would make two devices overwrite each other's readings."""
    device = GOOD[GOOD.index("[[devices]]") : GOOD.index("[[meters]]")]
    assert "duplicate_device@20" in load(GOOD.replace(device, device + device, 1))[1]


def test_the_sentence_reads_in_both_languages(tmp_path: Path) -> None:
    """The sentence holds file, line and column, and a hint that names the nearest profile."""
    file = tmp_path / "site.toml"
    file.write_text(GOOD.replace("apc-rpdu2", "apc-rpdu"), "utf-8")
    with pytest.raises(ConfigError) as caught:
        read_site(file)
    problem = caught.value.problems[0]
    assert problem.sentence("en").startswith(f"{file}:15:1  error  devices[0].profile  Unknown profile")
    assert 'Did you mean "apc-rpdu2"?' in problem.sentence("en")
    assert "未知的设备模板" in problem.sentence("zh")


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ('role = "pdu_output"', 'role = "pdu"', "facility_input, ups_output, pdu_output"),
        ("valid_from = 2026-01-01", 'valid_from = "1 Jan"', "2026-10-01, without quotes"),
        ("[tariff]", '[[meters]]\nrole = "pdu_output"\ndevice = "pdu-a"\n[tariff]', "(see line 19)"),
        ('community = "demo"', 'community_file = "/nowhere"', "/nowhere: No such file"),
    ],
)
def test_a_mistake_comes_with_what_to_write_instead(old: str, new: str, hint: str) -> None:
    """A wrong role lists the roles, a wrong date shows one, a meter that counts twice names the other entry."""
    _, problems = load_site(TomlSource("site.toml", GOOD.replace(old, new, 1)))
    assert hint in problems[0].sentence("en")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """A file that an editor began with a byte order mark is read like any other."""
    file = tmp_path / "site.toml"
    file.write_text(GOOD, "utf-8-sig")
    assert read_site(file).name == "room"


@pytest.mark.parametrize(
    ("text", "port", "unit"),
    [("snmp://h", 161, 1), ("modbus://h:1502?unit=17", 1502, 17), ("modbus://[::1]", 502, 1), ("host://", 0, 1)],
)
def test_addresses(text: str, port: int, unit: int) -> None:
    """The port and unit of an address have the defaults of their protocol."""
    where = parse_address(text)
    assert (where.port, where.unit) == (port, unit)


@pytest.mark.parametrize(
    "text", ["snmp://", "http://h", "modbus://h?unit=256", "modbus://h?unit=x", "h:161", "snmp://a..b"]
)
def test_bad_addresses_are_refused(text: str) -> None:
    """An address without host, with an unknown scheme or an impossible unit is refused."""
    with pytest.raises(ValueError):  # noqa: PT011 (the caller adds the sentence)
        parse_address(text)


def test_loopback() -> None:
    """Only addresses that stay on this machine count as loopback."""
    assert [is_loopback(h) for h in ("127.0.0.1", "::1", "localhost", "10.0.0.1", "example.org")] == [
        True,
        True,
        True,
        False,
        False,
    ]


MOUNTED = """
[[mounted]]
name = "srv-01"
rack = "r01"
unit = 3
units = 4
"""


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ('rack = "r01"\nunit = 6', ["same_place"]),
        ('rack = "r01"\nunit = 6\nface = "rear"', ["same_place"]),
        ('rack = "r01"\nunit = 7\nface = "rear"', []),
        ('rack = "r01"\nunit = 42\nunits = 2', ["above_rack"]),
        ('rack = "r09"\nunit = 1', ["unknown_rack"]),
        ('rack = "r01"\nunit = 1\npower = ["pdu-x/outlet/1"]', ["unknown_device"]),
    ],
)
def test_what_stands_in_a_rack_fits_into_it(second: str, said: list[str]) -> None:
    """Two things in one place, a rack that is too low or not there, and a meter that is not: each is named."""
    site, problems = load(f'{GOOD}{MOUNTED}[[mounted]]\nname = "srv-02"\n{second}\n')
    assert [problem.partition("@")[0] for problem in problems] == said
    assert site is not None


def test_the_two_sides_of_a_rack_are_two_places() -> None:
    """What is mounted at the rear leaves the same unit free at the front."""
    stanza = '[[mounted]]\nname = "a"\nrack = "r01"\nunit = 9\n'
    site, problems = load(f'{GOOD}{stanza}face = "front"\n{stanza}face = "rear"\n')
    assert problems == []
    assert site is not None
    assert len(site.mounted) == 2
