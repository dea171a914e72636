"""Headers of statements: which column holds which figure, in Vietnamese or English, over one row or several.

The words are data. They are compared folded (no marks, no case), from the lowest header row upwards, so that
a general word above (`Trong đó`) never hides the particular one below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from qms.areas.statements.figures import COUNT_KEYS, SHARES
from qms.importers.table import Table, column_letters
from qms.kernel.text import fold

MAX_HEADER_ROWS = 4
MAX_LINES_ABOVE = 100

_PLAIN_KEYS = frozenset({*COUNT_KEYS, *SHARES, "period", "field", "source", "note"})
_WHOLE_WORDS = {
    "period": {"ky", "ky bao cao", "ky so lieu", "reporting period"},
    "field": {
        "linh vuc",
        "linh vuc giai quyet",
        "linh vuc cong viec giai quyet",
        "linh vuc, cong viec giai quyet",
        "ten linh vuc",
        "linh vuc tthc",
        "linh vuc giai quyet tthc",
        "noi dung",
        "sector",
        "area",
    },
    "ordinal": {"stt", "tt", "so tt", "so thu tu", "no.", "no", "#"},
    "source": {"nguon", "nguon so lieu"},
    "note": {"ghi chu", "notes", "remarks", "remark"},
}

# Groups, tried in this order on each label; the leaves of a group likewise. The empty leaf is its total.
_DIGITISED = r"so hoa|digiti[sz]ed|digiti[sz]ation"
_GROUPS: tuple[tuple[str, str], ...] = (
    ("stopped", r"dung xu ly|dung giai quyet|da huy|rut ho so|stopped|withdrawn|cancelled"),
    ("digit", _DIGITISED),
    (
        "in_process",
        r"dang giai quyet|chua giai quyet|in process|in progress|pending|unresolved|not (?:yet )?resolved",
    ),
    ("resolved", r"da giai quyet|giai quyet (?:truoc|dung|qua)|da tra|resolved|completed"),
    ("received", r"nhan giai quyet|tiep nhan|da nhan|received|intake"),
)
_LATE = r"qua han|tre han|overdue|\blate\b|past due|after (?:the )?(?:due|deadline)"
_LEAVES: dict[str, tuple[tuple[str, str], ...]] = {
    "stopped": (),
    "digit": (
        ("digit_both", r"ca hai|ca dau vao|dau vao va dau ra|both"),
        ("digit_intake", r"tiep nhan|dau vao|intake"),
        ("digit_result", r"ket qua|dau ra|result"),
    ),
    "in_process": (
        ("in_process_within", r"trong han|chua den han|within|not (?:yet )?due"),
        ("in_process_overdue", _LATE),
    ),
    "resolved": (
        ("on_time_or_early", r"(?:truoc|dung)(?: han)?(?:,| va| hoac) (?:truoc|dung) han|on time or early"),
        ("on_time_or_early", r"early (?:or|and) on time"),
        ("resolved_early", r"truoc han|early|ahead of (?:time|schedule)|before (?:the )?(?:due|deadline)"),
        ("resolved_on_time", r"dung han|on time|in time|on schedule|on the due date"),
        ("resolved_overdue", _LATE),
    ),
    "received": (
        ("received_online", r"truc tuyen|online|qua mang"),
        ("carried_in", r"ky truoc|nam truoc chuyen|carried|previous period|brought forward"),
        ("received_direct_post", r"truc tiep|buu chinh|bcci|direct|\bpost|in person|counter"),
    ),
}
_TOTALS = {
    "stopped": "stopped",
    "in_process": "in_process_total",
    "resolved": "resolved_total",
    "received": "received_total",
}
# What needs no group above it, because no other group has such a column.
_ALONE = (
    ("carried_in", r"(?:tu )?ky truoc(?: chuyen (?:sang|qua))?|carried (?:in|over)(?: from.*)?"),
    *_LEAVES["received"],
    *_LEAVES["resolved"][:4],
    _LEAVES["in_process"][0],
)

# What the words for "late" alone may mean: two groups have such a column.
_EITHER_LATE = ("resolved_overdue", "in_process_overdue")

_SHARE = re.compile(r"%|ty le|ti le|\bshare\b|\brate\b|percent")
_PLAIN_COUNT = re.compile(r"tong so|tong cong|\btong\b|total|so luong|so ho so|count|number|^cong$")
_DENOMINATOR = re.compile(r"tong so|mau so|tren tong|tong ho so|total|denominator|out of")
_AROUND = re.compile(r"^(?:trong do|of which)\s*:?|^(?:ty le|ti le|share of)\b|(?:\(%\)|%|\bshare|\brate)")
_OUT_OF = re.compile(r"mau so|tren tong|denominator|out of")
_NUMBERING = re.compile(r"\s*\(\d+\).*$")
_NUMBER_LIKE = re.compile(r"[<>~≈]?\s*[0-9][0-9.,\s]*%?")


@dataclass(frozen=True)
class Header:
    """The header in the rows `first` to before `last` (from 0): a key per column, and what was not known.

    Keys are those of the figures, shares as `<key>_pct`, and `period`, `field`, `ordinal`, `source`, `note`.
    `twice` holds (column, key) where a key has a column already, `undecided` (column, words, keys) where
    the words may mean either key.
    """

    first: int
    last: int
    columns: dict[int, str]
    unknown: tuple[tuple[int, str], ...] = ()
    twice: tuple[tuple[int, str], ...] = ()
    undecided: tuple[tuple[int, str, tuple[str, str]], ...] = ()

    @cached_property
    def figures(self) -> dict[int, str]:
        """The columns that hold counts or shares."""
        return {c: k for c, k in self.columns.items() if k in SHARES or k in COUNT_KEYS}

    @cached_property
    def by_key(self) -> dict[str, int]:
        """The column of each key."""
        return {key: column for column, key in self.columns.items()}

    @cached_property
    def letters(self) -> dict[str, str]:
        """The letters of the column of each figure, as the spreadsheet shows them."""
        return {key: column_letters(column) for column, key in self.figures.items()}


def find_header(table: Table, start: int, *, within: int = MAX_LINES_ABOVE) -> Header | None:
    """The first header at or below row `start` that names at least two figures, or one with a period.

    Among the ways to cut it (first row, number of rows) the one that names most figures, then the shortest.
    """
    for first in range(start, min(start + within, len(table.cells))):
        found = _at(table, first)
        if found is None:
            continue
        later = [h for row in range(first + 1, first + MAX_HEADER_ROWS) if (h := _at(table, row)) is not None]
        return max([found, *later], key=lambda h: (len(h.figures), h.first - h.last))
    return None


def header_at(table: Table, row: int) -> bool:
    """Whether a header begins in `row`."""
    return _at(table, row) is not None


def _at(table: Table, first: int) -> Header | None:
    """The best header that begins in the row `first`."""
    best: Header | None = None
    for last in range(first + 1, min(first + MAX_HEADER_ROWS, len(table.cells)) + 1):
        if _holds_numbers(table.cells[last - 1]) or _is_blank(table.cells[last - 1]):
            break
        header = _resolved(table, first, last)
        if best is None or len(header.figures) > len(best.figures):
            best = header
    if best is None or not (len(best.figures) > 1 or (best.figures and "period" in best.columns.values())):
        return None
    return best


def _is_blank(row: Sequence[Any]) -> bool:
    return all(cell is None for cell in row)


def _holds_numbers(row: Sequence[Any]) -> bool:
    """Whether a row holds a number, so that it is no part of a header."""
    return any(
        cell is not None and (not isinstance(cell, str) or _NUMBER_LIKE.fullmatch(cell.strip()))
        for cell in row
    )


def _resolved(table: Table, first: int, last: int) -> Header:
    """The header in these rows, with every column named as far as its words are known."""
    columns: dict[int, str] = {}
    unknown: list[tuple[int, str]] = []
    twice: list[tuple[int, str]] = []
    undecided: list[tuple[int, str, tuple[str, str]]] = []
    for column, labels in _paths(table, first, last):
        if not labels:
            continue
        key = key_of(labels) or _share_beside(labels, columns.get(column - 1))
        if key is None and re.search(_LATE, fold(labels[-1])):
            undecided.append((column, labels[-1], _EITHER_LATE))
        elif key is None:
            unknown.append((column, labels[-1]))
        elif key in columns.values():
            twice.append((column, key))
        else:
            columns[column] = key
    return Header(first, last, columns, tuple(unknown), tuple(twice), tuple(undecided))


def _paths(table: Table, first: int, last: int) -> Iterator[tuple[int, list[str]]]:
    """Per column its header words from top to bottom, merged cells spread over what they cover."""
    grid = [list(row) + [None] * (table.width - len(row)) for row in table.cells[first:last]]
    for top, left, bottom, right in table.merged:
        if first <= top < last:
            for row in range(top, min(bottom + 1, last)):
                grid[row - first][left : right + 1] = [grid[top - first][left]] * (right + 1 - left)
    if not table.merged:
        _spread(grid)
    for column in range(table.width):
        labels = [str(row[column]).strip() for row in grid if row[column] is not None]
        yield column, list(dict.fromkeys(labels))


def _spread(grid: list[list[Any]]) -> None:
    """Spread group words to the right where the file says nothing of merged cells.

    A word reaches over the blanks beside it as long as there are words below and no new group above.
    """
    for level, row in enumerate(grid[:-1]):
        for column in range(1, len(row)):
            below = any(lower[column] is not None for lower in grid[level + 1 :])
            new_group = any(
                upper[column] is not None and upper[column] != upper[column - 1] for upper in grid[:level]
            )
            if row[column] is None and below and not new_group:
                row[column] = row[column - 1]


def key_of(labels: Sequence[str]) -> str | None:
    """The key that header words from top to bottom stand for; None if they are not known."""
    folded = [_NUMBERING.sub("", fold(label)).strip(" :*") for label in labels]
    lowest = folded[-1]
    plain = lowest.replace(" ", "_")
    if plain in _PLAIN_KEYS:
        return plain
    for key, words in _WHOLE_WORDS.items():
        if lowest in words:
            return key
    return _figure(folded)


def _figure(folded: list[str]) -> str | None:
    """The count or share that folded header words stand for."""
    lowest, rising = folded[-1], folded[::-1]
    group = next((name for label in rising for name, words in _GROUPS if re.search(words, label)), None)
    if group is None:
        bare = _AROUND.sub("", lowest).strip()
        key = next((key for key, words in _ALONE if re.fullmatch(rf"(?:ho so )?(?:{words})", bare)), None)
        if key is None or not _SHARE.search(lowest):
            return key
        return f"{key}_pct" if f"{key}_pct" in SHARES else None
    if any(re.search(_DIGITISED, label) for label in folded):
        group = "digit"
    leaf = next((key for label in rising for key, words in _LEAVES[group] if re.search(words, label)), None)
    if _SHARE.search(lowest):
        share = f"{leaf}_pct"
        return share if share in SHARES else None
    if group == "digit" and leaf is not None and _DENOMINATOR.search(lowest):
        return f"{leaf}_den"
    if leaf is not None:
        return leaf if leaf in COUNT_KEYS else None
    names_total = re.search(dict(_GROUPS)[group], lowest) or _PLAIN_COUNT.search(lowest)
    return _TOTALS.get(group) if names_total else None


def _share_beside(labels: Sequence[str], left: str | None) -> str | None:
    """A column headed `Tỷ lệ (%)` or, beside a digitised count, `Mẫu số` alone belongs to the count on its left."""
    if left is None:
        return None
    if f"{left}_den" in COUNT_KEYS and _OUT_OF.search(fold(labels[-1])):
        return f"{left}_den"
    if not _SHARE.search(fold(labels[-1])):
        return None
    share = f"{left.removesuffix('_den')}_pct"
    return share if share in SHARES else None
