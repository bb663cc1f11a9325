"""Every advisor is told of: its row in the documents, its wording in both languages, its name, and what it needs."""

from __future__ import annotations

import re

import msgspec
import pytest

from analytics.advice import ADVISORS, Recommendation
from analytics.advice_view.wording import name_of
from greendc.texts import LANGUAGES, catalogue
from tests.analytics.advice.made_advice import made
from tests.repository import ROOT

KEYS = [advisor.key for advisor in ADVISORS]


def rows() -> list[list[str]]:
    """Return the cells of the table of advisors."""
    text = (ROOT / "docs" / "savings.md").read_text("utf-8").split("\n## Advice\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_the_table_has_a_row_for_each() -> None:
    """No advisor without a row, no row without an advisor; no cell is empty."""
    assert sorted(row[0].strip("` ") for row in rows()) == sorted(KEYS)
    assert all(len(row) == 5 and all(row) for row in rows())


@pytest.mark.parametrize("key", KEYS)
def test_it_has_its_words(key: str) -> None:
    """A title and a proposal, in its variants where it has some, a name that is no code, and a word for each need."""
    texts = catalogue()
    words = {name for name in texts if re.fullmatch(rf"advice\.{key}\.(\w+\.)?(title|proposal)", name)}
    titles = {name.removesuffix(".title") for name in words if name.endswith(".title")}
    proposals = {name.removesuffix(".proposal") for name in words if name.endswith(".proposal")}
    assert proposals
    assert proposals <= titles
    assert {name_of(key, lang) for lang in LANGUAGES} - {key} == {name_of(key, lang) for lang in LANGUAGES}
    needs = next(advisor.needs for advisor in ADVISORS if advisor.key == key)
    assert [need for need in needs if f"advice.needs.{need}" not in texts] == []


@pytest.mark.parametrize("key", KEYS)
def test_it_says_how_it_was_found(key: str) -> None:
    """In both languages, for each of its variants and bases; one written before texts said so is told of too."""
    names = [name.split(".")[2:] for name in catalogue() if name.startswith(f"advice.{key}.")]
    bases = {"", *(name[1] for name in names if name[0] == "basis")}
    for variant in {"".join(name[:-1]) for name in names if name[-1] == "proposal"}:
        for basis in bases:
            item = msgspec.structs.replace(made(), advisor=key, variant=variant, basis=basis)
            zh, en = (item.method(lang) for lang in ("zh", "en"))
            assert zh
            assert en
            assert zh != en
        old = {**msgspec.to_builtins(made()), "advisor": key, "variant": variant, "method": "an English sentence"}
        assert msgspec.convert(old, Recommendation).method("zh") not in {"", "an English sentence"}


def test_each_basis_has_its_words() -> None:
    """Whatever way of finding a saving the code names stands in the catalogue, and the other way round."""
    files = [ROOT / "analytics" / "advice" / "excess.py", *(ROOT / "analytics" / "advice" / "advisors").glob("*.py")]
    code = "".join(file.read_text("utf-8") for file in files)
    lines = re.findall(r"basis=(.*)", code)
    named = {word for line in lines for word in re.findall(r'"(\w+)"', line)}
    told = {name.rsplit(".", 1)[1] for name in catalogue() if re.match(r"advice\.\w+\.basis\.", name)}
    assert named == told
