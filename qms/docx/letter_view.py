"""The wording of the apology letter of a late case, in both languages; our own, not that of the official form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qms.docx.layout import balanced
from qms.docx.letter_context import ApologyLetter
from qms.docx.view import Properties, View, numbered, place_date
from qms.kernel.text import Message, _, show_date

_DOTS = "…" * 15  # a line to write a name, a reason or a date on

LABELS: dict[str, Message] = {
    "type_name": _("LETTER OF APOLOGY\nAND REQUEST FOR MORE TIME"),
    "thanks": _("We ask for your understanding and thank you./."),
    "recipients": _("Recipients:"),
}


def view(letter: ApologyLetter) -> View:
    """What the template of the letter shows."""
    names: dict[str, Any] = {
        "m": letter,
        "w": LABELS,
        "number": numbered(letter.number, _symbol(letter)),
        "place_date": place_date(letter.agency.place, letter.sent_on),
        "parent": balanced(letter.agency.parent.upper(), "parent"),
        "agency": balanced(letter.agency.name.upper(), "agency"),
        "abstract": _("Case %(code)s", code=letter.case_code),
        "addressed": _("To: Mr/Ms (organisation) %(name)s", name=letter.applicant or _DOTS),
        "address": _("Address: %(address)s", address=letter.address) if letter.address else "",
        "told": list(_told(letter)),
        "recipients": [_("As above"), *([letter.unit] if letter.unit else [])],
        "filed": _("- Filed: VT, %(unit)s.", unit=letter.unit_symbol)
        if letter.unit_symbol
        else _("- Filed: VT."),
        "draft_mark": "",
        "illustrative_mark": _("Illustrative data") if letter.illustrative else "",
    }
    title = str(_("Letter of apology, case %(code)s", code=letter.case_code))
    return View(names, Properties(title, letter.agency.name, letter.code, letter.sent_on, letter.trail_head))


def _symbol(letter: ApologyLetter) -> str:
    """`STP-HCTP`: a letter has no code of a type; it names the agency and the unit that wrote it."""
    return "-".join(part for part in (letter.agency.symbol, letter.unit_symbol) if part)


def _told(letter: ApologyLetter) -> Iterator[Message]:
    """What the letter says, a paragraph each: the case, why it is late, the apology, the new date, who answers."""
    yield _(
        "On %(day)s %(agency)s took in your case No. %(case)s for the administrative procedure: %(procedure)s.",
        day=show_date(letter.taken_on), agency=letter.agency.name, case=letter.case_code,
        procedure=_procedure(letter),
    )  # fmt: skip
    yield _(
        "According to the receipt, the result was to be returned on %(day)s. The case cannot be resolved by that "
        "day. Reason: %(cause)s", day=show_date(letter.due_on), cause=_sentence(letter.cause),
    )  # fmt: skip
    promised = show_date(letter.promised_on) if letter.promised_on else _DOTS
    yield _(
        "%(agency)s sincerely apologises for this delay and asks to extend the time for resolving the case "
        "until %(day)s.", agency=letter.agency.name, day=promised,
    )  # fmt: skip
    if letter.unit:
        yield _("Responsible for resolving the case: %(unit)s.", unit=letter.unit)


def _procedure(letter: ApologyLetter) -> Message | str:
    if not letter.procedure_code:
        return letter.procedure
    return _("%(name)s (code %(code)s)", name=letter.procedure, code=letter.procedure_code)


def _sentence(text: str) -> str:
    """A reason as a sentence in one paragraph; dots to write on where none is recorded."""
    joined = " ".join(text.split())
    if not joined:
        return _DOTS
    return joined if joined.endswith((".", "!", "?")) else f"{joined}."
