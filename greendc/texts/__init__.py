"""The one catalogue of every text a person sees, in Chinese and English.

Texts stand in the ``*.toml`` files beside this module, one file per area; the area is the first part of the key. An
area with many parts is a folder of files, and the file is the second part::

    # cli.toml
    [demo]
    ready = { zh = "看板 {url}", en = "dashboard {url}" }

    t("cli.demo.ready", "en", url="http://127.0.0.1:8501")
"""

from __future__ import annotations

import os
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

LANGUAGES = ("zh", "en")
DEFAULT_LANGUAGE = "en"


def language(wish: str | None = None) -> str:
    """Return ``zh`` or ``en`` for a wish such as ``zh-CN``, else for GREENDC_LANG, LC_ALL or LANG, else English."""
    wishes = (wish, os.environ.get("GREENDC_LANG"), os.environ.get("LC_ALL"), os.environ.get("LANG"))
    first = next((w for w in wishes if w), DEFAULT_LANGUAGE)
    return "zh" if first.lower().startswith("zh") else "en"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every text as ``{key: {language: text}}``.

    Raises:
        ValueError: a text lacks one of the two languages.
    """
    texts: dict[str, dict[str, str]] = {}
    _read("", files(__name__), texts)
    return texts


def _read(prefix: str, folder: Traversable, into: dict[str, dict[str, str]]) -> None:
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            _flatten(prefix + entry.name.removesuffix(".toml"), tomllib.loads(entry.read_text("utf-8")), into)
        elif entry.is_dir():
            _read(f"{prefix}{entry.name}.", entry, into)


def _flatten(prefix: str, node: dict[str, object], into: dict[str, dict[str, str]]) -> None:
    if set(node) & set(LANGUAGES):
        missing = [lang for lang in LANGUAGES if not isinstance(node.get(lang), str)]
        if missing:
            message = f"text {prefix} lacks {', '.join(missing)}"
            raise ValueError(message)
        into[prefix] = {lang: str(node[lang]) for lang in LANGUAGES}
        return
    for key, child in node.items():
        if isinstance(child, dict):
            _flatten(f"{prefix}.{key}", child, into)


def t(key: str, lang: str | None = None, /, **params: str | float) -> str:
    """Return the text of ``key`` in ``lang`` (default: the language of the environment).

    Raises:
        KeyError: the catalogue has no such key, or a placeholder has no value.
    """
    return catalogue()[key][language(lang)].format(**params)
