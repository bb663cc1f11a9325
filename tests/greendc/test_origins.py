"""Sources and how sure a number is, in the reader's language."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from analytics import data
from analytics.kpis import KPIS
from greendc.origins import confidence, origin
from greendc.profiles import profile, profile_names

CJK = re.compile("[\u4e00-\u9fff]")


def sources() -> set[str]:
    """Return every source that stands in a data file, and every standard of a figure."""
    found = {kpi.standard for kpi in KPIS}
    for file in files(data).iterdir():
        if file.name.endswith(".toml"):
            found |= set(_under(tomllib.loads(file.read_text("utf-8"))))
    return found


def _under(node: object) -> list[str]:
    if isinstance(node, list):
        return [one for part in node for one in _under(part)]
    if not isinstance(node, dict):
        return []
    own = [node["source"]] if isinstance(node.get("source"), str) else []
    return own + [one for part in node.values() for one in _under(part)]


def test_every_source_has_its_chinese() -> None:
    """What is more than the code of a standard or the name of an author is said in Chinese."""
    assert len(sources()) > 150
    prose = [said for said in sources() if len(re.findall(r"\b[a-z]{3,}\b", said)) > 1]
    assert len(prose) > 100
    assert [said for said in prose if not CJK.search(origin(said, "zh"))] == []
    assert [said for said in prose if origin(said, "en") != said] == []


def test_every_profile_has_its_chinese_title() -> None:
    """What is more than a maker's name of a product."""
    titles = [profile(name).title for name in profile_names()]
    prose = [title for title in titles if len(re.findall(r"\b[a-z]{3,}\b", title)) > 1]
    assert len(prose) > 15
    assert [title for title in prose if not CJK.search(origin(title, "zh"))] == []


@pytest.mark.parametrize(
    ("said", "zh"),
    [
        ("fitted on 480 steps", "由 480 个时段拟合"),
        ("ISA-18.2 / IEC 62682; greendc's own choice", "ISA-18.2 / IEC 62682; greendc 自定"),
        ("meeting of 3 March", "meeting of 3 March"),
        ("", ""),
    ],
)
def test_a_source_in_words(said: str, zh: str) -> None:
    """What was fitted names its steps, several are told apart, and a person's own words stay."""
    assert origin(said, "zh") == zh


@pytest.mark.parametrize(
    ("said", "zh", "en"),
    [
        ("measured", "本站实测拟合", "fitted to this site's data"),
        ("prior: too_few", "先验值：数据太少", "prior: too few data"),
        ("prior: nobody knows", "先验值：nobody knows", "prior: nobody knows"),
    ],
)
def test_confidence_in_words(said: str, zh: str, en: str) -> None:
    """A prior says why the data do not tell; a code of another version stays as it is."""
    assert (confidence(said, "zh"), confidence(said, "en")) == (zh, en)
