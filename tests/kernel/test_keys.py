"""Numbers and codes as they are compared, and the field that an obstacle names."""

from __future__ import annotations

import pytest

from qms.kernel.errors import Obstacle
from qms.kernel.text import as_key


@pytest.mark.parametrize(
    "other",
    [
        "h33-01/Đ",
        " H33-01/Đ\n",
        "H33\u200b-01/Đ",
        "\ufeffH33-01/Đ\u3164",
        "H33-01/\u0110\ufe0f",
        "".join(chr(ord(char) + 0xFEE0) for char in "H33-01/") + "đ",
    ],
)
def test_what_reads_the_same_is_the_same_key(other: str) -> None:
    assert as_key(other) == as_key("H33-01/Đ")


@pytest.mark.parametrize("other", ["H33-01/D", "H33-011/Đ", "H33 01/Đ", "H3301/Đ", "á", ""])
def test_what_reads_otherwise_is_another_key(other: str) -> None:
    assert as_key(other) != as_key("H33-01/Đ")


def test_spaces_inside_part_and_are_counted_once() -> None:
    assert as_key("05 \u00a0 2023") == as_key("05 2023") != as_key("052023")


@pytest.mark.parametrize(
    ("where", "field"),
    [
        ("edit#cause", "cause"),
        ("#finish-proof", "proof"),
        ("../../actions/AC-2024-001/edit#due", "due"),
        ("title", "title"),
        ("", ""),
    ],
)
def test_an_obstacle_names_the_field_in_which_it_is_mended(where: str, field: str) -> None:
    assert Obstacle("no", where).field == field
