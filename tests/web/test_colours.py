"""The colours of the pages: told once for light, dark and paper, and readable on each (4.5 to 1)."""

from __future__ import annotations

import re

import pytest

from tests.imports import PACKAGE

TEXT = {
    "ink": ("page", "paper", "shade", "late-shade", "wait-shade", "done-shade", "accent-shade"),
    "soft": ("page", "paper", "shade"),
    "accent": ("page", "paper", "shade", "accent-shade"),
    "accent-hover": ("page", "paper"),
    "late": ("page", "paper", "late-shade"),
    "wait": ("page", "paper", "wait-shade"),
    "done": ("page", "paper", "done-shade"),
    "accent-ink": ("accent", "accent-hover"),
}
CSS = (PACKAGE / "web" / "static" / "app.css").read_text("utf-8")


def declared(after: str) -> dict[str, str]:
    """The colours that the first `:root` block behind `after` names."""
    block = CSS[CSS.index(after) :]
    block = block[block.index(":root {") :].partition("}")[0]
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))


LIGHT = declared(":root {")
LOOKS = {
    "light": LIGHT,
    "dark": LIGHT | declared("@media screen and (prefers-color-scheme: dark)"),
    "paper": LIGHT | declared("@media print"),
}


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("text", TEXT)
def test_text_is_readable_on_every_ground_it_stands_on(look: str, text: str) -> None:
    colours = LOOKS[look]
    for ground in TEXT[text]:
        low, high = sorted((luminance(colours[text]), luminance(colours[ground])))
        assert (high + 0.05) / (low + 0.05) >= 4.5, ground


def test_every_colour_of_light_has_one_in_the_dark_and_each_is_told_once() -> None:
    assert set(declared("@media screen and (prefers-color-scheme: dark)")) == set(LIGHT)
    assert CSS.count("--late:") == len(LOOKS)
