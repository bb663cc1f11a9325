"""A page of HTML taken apart: its elements, its words, and the numbers that it names."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = frozenset({"meta", "col", "br", "link", "img", "input"})


class Outline(HTMLParser):
    """What a page consists of: its elements with what they are in, and its words."""

    def __init__(self, page: bytes) -> None:
        """Read a page."""
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.figures: dict[str, str] = {}
        self.exact: dict[str, str | None] = {}
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close an element, which must be the one that was opened last."""
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        """Note words, and the text of a number."""
        tag, attrs = self._open[-1] if self._open else ("", {})
        if tag == "data":
            self.figures[str(attrs["data-figure"])] = data
            self.exact[str(attrs["data-figure"])] = attrs["value"]
        if tag != "style":
            self.words.append(data)

    def every(self, *tags: str) -> list[dict[str, str | None]]:
        """Return the attributes of elements."""
        return [attrs for tag, attrs in self.elements if tag in tags]
