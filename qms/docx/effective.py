"""How a paragraph and its runs really look, after styles and defaults: what a reader of the paper sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qms.docx.ooxml import W

FONT_SLOTS = ("ascii", "hAnsi", "eastAsia", "cs")


def words(element: Any) -> str:
    """The text of a paragraph or cell as one line; a line break is a space."""
    return lines(element).replace("\n", " ")


def lines(paragraph: Any) -> str:
    """The text of a paragraph with a newline where it holds a line break."""
    pieces = (
        (node.text or "") if node.tag == f"{W}t" else "\n" for node in paragraph.iter(f"{W}t", f"{W}br")
    )
    return "".join(pieces).strip()


def runs(paragraph: Any) -> Iterator[Any]:
    """The runs of a paragraph that show text."""
    for run in paragraph.iter(f"{W}r"):
        if any((text.text or "").strip() for text in run.iter(f"{W}t")):
            yield run


class Looks:
    """Resolves properties through run, paragraph style, the styles it is based on, and the defaults."""

    def __init__(self, styles: Any) -> None:
        self._styles = {style.get(f"{W}styleId"): style for style in styles.iter(f"{W}style")}
        self._default_style = next(
            (
                name
                for name, style in self._styles.items()
                if style.get(f"{W}default") == "1" and style.get(f"{W}type") == "paragraph"
            ),
            None,
        )
        self._defaults = styles.find(f"{W}docDefaults")
        self._chains: dict[str | None, list[Any]] = {}

    def size(self, run: Any) -> float | None:
        """The size in points, None where nothing sets one."""
        value = self._run_value(run, "sz")
        return None if value is None else float(value) / 2

    def flag(self, run: Any, name: str) -> bool:
        """Whether a switch such as `b` or `i` is on."""
        for properties in self._run_properties(run):
            found = properties.find(f"{W}{name}")
            if found is not None:
                return found.get(f"{W}val", "1") not in ("0", "false", "none")
        return False

    def colour(self, run: Any) -> str:
        """The colour as six hexadecimal digits; `auto` where nothing sets one."""
        return self._run_value(run, "color") or "auto"

    def fonts(self, run: Any) -> dict[str, str]:
        """The font of each of the four slots; empty where it is left to the program's theme or default."""
        found: dict[str, str] = {}
        for properties in self._run_properties(run):
            element = properties.find(f"{W}rFonts")
            if element is None:
                continue
            for slot in FONT_SLOTS:
                if slot not in found and element.get(f"{W}{_theme(slot)}"):
                    found[slot] = ""
                elif slot not in found and element.get(f"{W}{slot}"):
                    found[slot] = element.get(f"{W}{slot}")
        return {slot: found.get(slot, "") for slot in FONT_SLOTS}

    def paragraph_value(self, paragraph: Any, path: str, attribute: str) -> str | None:
        """An attribute of a paragraph property such as (`ind`, `left`)."""
        for properties in self.paragraph_properties(paragraph):
            element = properties.find("/".join(f"{W}{step}" for step in path.split("/")))
            if element is not None and element.get(f"{W}{attribute}") is not None:
                return element.get(f"{W}{attribute}")
        return None

    def paragraph_properties(self, paragraph: Any) -> Iterator[Any]:
        """The property elements that bear on a paragraph, nearest first."""
        own = paragraph.find(f"{W}pPr")
        if own is not None:
            yield own
        for style in self._chain(paragraph):
            properties = style.find(f"{W}pPr")
            if properties is not None:
                yield properties

    def _run_value(self, run: Any, name: str) -> str | None:
        for properties in self._run_properties(run):
            found = properties.find(f"{W}{name}")
            if found is not None:
                return found.get(f"{W}val")
        return None

    def _run_properties(self, run: Any) -> Iterator[Any]:
        own = run.find(f"{W}rPr")
        if own is not None:
            yield own
            style = own.find(f"{W}rStyle")
            yield from self._of(self._based(style.get(f"{W}val") if style is not None else None))
        paragraph = next(run.iterancestors(f"{W}p"))
        yield from self._of(self._chain(paragraph))
        default = None if self._defaults is None else self._defaults.find(f"{W}rPrDefault/{W}rPr")
        if default is not None:
            yield default

    @staticmethod
    def _of(styles: list[Any]) -> Iterator[Any]:
        for style in styles:
            properties = style.find(f"{W}rPr")
            if properties is not None:
                yield properties

    def _chain(self, paragraph: Any) -> list[Any]:
        named = paragraph.find(f"{W}pPr/{W}pStyle")
        return self._based(self._default_style if named is None else named.get(f"{W}val"))

    def _based(self, name: str | None) -> list[Any]:
        """A style and those it is based on; a circle of styles ends where it closes."""
        if name in self._chains:
            return self._chains[name]
        chain: list[Any] = []
        style = self._styles.get(name)
        while style is not None and style not in chain:
            chain.append(style)
            parent = style.find(f"{W}basedOn")
            style = None if parent is None else self._styles.get(parent.get(f"{W}val"))
        self._chains[name] = chain
        return chain


def _theme(slot: str) -> str:
    return "cstheme" if slot == "cs" else f"{slot}Theme"
