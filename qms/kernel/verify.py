"""Verification of the trail: the chain itself, and every traced row against its last digest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from qms.kernel import trail
from qms.kernel.area import kinds
from qms.kernel.records import Kind, Record
from qms.kernel.text import said
from qms.kernel.trail import GENESIS, SYSTEM_CHAIN, Traced, TrailEntry, TrailHead, plain


@dataclass(frozen=True)
class Finding:
    """Something that is not as the trail says.

    `problem` is one of broken, missing, unknown_key, columns_differ, cut_off, head_differs,
    row_differs, row_missing, row_untraced.
    """

    chain: int
    problem: str
    subject: str = ""
    what: str = ""
    seq: int | None = None


@dataclass(frozen=True)
class Report:
    """What was checked and the first thing wrong in each chain, with every row that differs."""

    entries: int
    rows: int
    heads: dict[int, str]  # chain -> SEQ:MAC
    findings: tuple[Finding, ...]

    @property
    def intact(self) -> bool:
        return not self.findings


def head(chain: int) -> str:
    """`SEQ:MAC` of the chain as it ends now: printed on documents, given back to `verify`."""
    row = TrailHead.get_or_none(TrailHead.chain == chain)
    return f"{row.seq}:{row.mac}" if row else f"0:{GENESIS}"


def verify(chains: list[int], *, expected_head: str = "") -> Report:
    """Check the chains and every row that their entries speak of.

    `expected_head` (`SEQ:MAC`, for the first chain) proves that nothing was cut off after it was
    printed. Raises ValueError when it is not of that form.
    """
    findings: list[Finding] = []
    last: dict[str, tuple[int, int, str | None, str]] = {}
    entries = 0
    for chain in chains:
        wanted = _parse_head(expected_head) if expected_head and chain == chains[0] else None
        for finding, entry in _walk(chain, wanted):
            if finding is not None:
                findings.append(finding)
                break
            entries += 1
            for subject, digest, what in _subjects(entry):
                last[subject] = (chain, entry["seq"], digest, what)
    rows = 0
    for finding in _compare(last, chains):
        rows += 1
        if finding is not None:
            findings.append(finding)
    return Report(entries, rows, {chain: head(chain) for chain in chains}, tuple(findings))


def _parse_head(text: str) -> tuple[int, str]:
    seq, _colon, mac = text.partition(":")
    if not seq.isdigit() or len(mac) != 64:
        raise ValueError("a head is written SEQ:MAC, as printed on documents")
    return int(seq), mac.lower()


def _walk(chain: int, wanted: tuple[int, str] | None) -> Iterator[tuple[Finding | None, dict[str, Any]]]:
    previous, seq = GENESIS, 0
    query = (
        TrailEntry.select(
            TrailEntry.seq, TrailEntry.at, TrailEntry.record_id, TrailEntry.subject, TrailEntry.tag, TrailEntry.body,
            TrailEntry.key_id, TrailEntry.mac,
        )
        .where(TrailEntry.chain == chain)
        .order_by(TrailEntry.seq)
    )  # fmt: skip
    for row in query.tuples().iterator():
        number, at, record_id, subject, tag, body, key_id, mac = row
        seq += 1
        if number != seq:
            yield Finding(chain, "missing", seq=seq), {}
            return
        if not trail.known_key(key_id):
            yield Finding(chain, "unknown_key", subject, seq=seq), {}
            return
        if trail.mac(key_id, previous, body) != mac:
            yield Finding(chain, "broken", subject, seq=seq), {}
            return
        entry = json.loads(body)
        stored = (entry["seq"], entry["at"], entry["record"], entry["subject"], entry["tag"], entry["chain"])
        if stored != (number, plain(at), record_id, subject, tag, chain):
            yield Finding(chain, "columns_differ", subject, said(entry["what"]), seq), {}
            return
        if wanted and wanted[0] == seq and wanted[1] != mac:
            yield Finding(chain, "head_differs", subject, seq=seq), {}
            return
        previous = mac
        yield None, entry
    if wanted and wanted[0] > seq:
        yield Finding(chain, "cut_off", seq=seq + 1), {}
        return
    stored_head = TrailHead.get_or_none(TrailHead.chain == chain)
    kept = (stored_head.seq, stored_head.mac) if stored_head is not None else (0, GENESIS)
    if kept != (seq, previous):
        yield Finding(chain, "cut_off", seq=seq + 1), {}


def _subjects(entry: dict[str, Any]) -> Iterator[tuple[str, str | None, str]]:
    if entry["digest"] is not None:
        yield entry["subject"], entry["digest"], said(entry["what"])
    for subject, digest in entry.get("rows", ()):
        yield subject, digest, said(entry["what"])


# ---------------------------------------------------------------- rows against digests


def traced_tables() -> dict[str, type[Traced]]:
    """Table name -> model of every traced row that is no record."""

    def below(model: type[Traced]) -> Iterator[type[Traced]]:
        for sub in model.__subclasses__():
            yield sub
            yield from below(sub)

    found: dict[str, type[Traced]] = {}
    for model in below(Traced):
        if not issubclass(model, Kind):
            found.setdefault(
                model._meta.table_name, model
            )  # the first: a view of the same table adds nothing
    return found


def _rows(chains: list[int]) -> Iterator[tuple[str, int, dict[str, Any], str]]:
    """(subject, chain, state, name) of every traced row of the chains."""
    organisations = [c for c in chains if c != SYSTEM_CHAIN]
    for kind in kinds().values():
        query = kind.select(kind, Record).join(Record).where(Record.organisation.in_(organisations))
        for row in query.iterator():
            yield row.subject(), row.record.organisation_id, row.state(), str(row.what())
    for model in traced_tables().values():
        for row in model.select().iterator():
            chain = row.chain()
            if chain in chains:
                yield row.subject(), chain, row.state(), ""


def _compare(
    last: dict[str, tuple[int, int, str | None, str]], chains: list[int]
) -> Iterator[Finding | None]:
    seen = set()
    for subject, chain, state, what in _rows(chains):
        seen.add(subject)
        if subject not in last:
            yield Finding(chain, "row_untraced", subject, what)
            continue
        _chain, seq, digest, name = last[subject]
        yield (
            None
            if trail.digest(state) == digest
            else Finding(chain, "row_differs", subject, what or name, seq)
        )
    for subject in sorted(set(last) - seen):
        chain, seq, _digest, name = last[subject]
        yield Finding(chain, "row_missing", subject, name, seq)
