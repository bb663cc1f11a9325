"""Words that make no command, as programs are told of them."""

from __future__ import annotations

import json
import sys

import pytest

from greendc.cli import main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("savings", "--baseline", "a.csv"), "--reporting"),
        (("advise", "accept"), "ID"),
        (("forecast", "--hours", "900"), "48"),
        (("frob",), "frob"),
    ],
)
def test_a_mistake_in_the_words_comes_in_the_envelope(
    words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One JSON document with the reason and exit code 2, where JSON was asked for."""
    monkeypatch.setattr(sys, "argv", ["greendc", *words, "--json"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["data"]) == (False, None)
    (problem,) = found["problems"]
    assert said in problem["message"]


def test_people_are_told_as_before(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without JSON nothing stands on stdout; asked for JSON, a command that works ends with 0."""
    monkeypatch.setattr(sys, "argv", ["greendc", "advise", "accept"])
    with pytest.raises(SystemExit) as end:
        main()
    told = capsys.readouterr()
    assert (end.value.code, told.out) == (2, "")
    assert "ID" in told.err
    monkeypatch.setattr(sys, "argv", ["greendc", "version", "--json"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
