"""The wording of the sheet of a nonconformity, in both languages: a house form, which the decree leaves open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from qms.docx.layout import balanced
from qms.docx.sheet_context import CorrectiveActionSheet, Sort
from qms.docx.sheet_template import AGENCY_COLUMN
from qms.docx.view import Properties, View
from qms.kernel.text import Message, _

LABELS: dict[str, Message] = {
    "description": _("Description"),
    "evidence": _("Evidence kept with it"),
    "corrected": _("What was put right at once"),
    "not_corrected": _("Why nothing could be put right at once"),
    "consequences": _("Consequences for the citizens concerned"),
    "method": _("Method of analysis"),
    "problem": _("Problem"),
    "why": _("Why"),
    "diagram": _("Cause-and-effect diagram"),
    "root_here": _("group of the root cause"),
    "nothing": _("no cause named"),
    "cause": _("Root cause"),
    "cause_by": _("Cause analysed by"),
    "elsewhere": _("Similar cases elsewhere"),
    "waiver": _("Why no corrective action is needed"),
    "action_code": _("Code, kind"),
    "action": _("Action"),
    "owner": _("Responsible"),
    "due": _("Due"),
    "done": _("Result"),
    "resources": _("Resources"),
    "proof": _("Proof"),
    "no_action": _("No action has been recorded yet."),
    "planned": _("Plan submitted by"),
    "approved": _("Plan approved by"),
    "criterion": _("Criterion of effectiveness"),
    "effect_on": _("To be checked on"),
    "period": _("Period"),
    "fraction": _("Numerator / denominator"),
    "computed": _("Value, computed"),
    "stated": _("Value, stated"),
    "source": _("Source"),
    "by_computed": _("By the computed figures"),
    "by_stated": _("By the stated figures"),
    "effect_result": _("What the check found"),
    "effect_met": _("Conclusion of the check"),
    "effect_reason": _("Why it was closed as effective"),
    "checked": _("Verified by"),
    "reason": _("Reason"),
    "rounds": _("Earlier rounds"),
    "empty": _("Nothing has been recorded yet."),
    "recorder": _("RECORDED BY"),
    "head": _("HEAD OF THE UNIT"),
    "verifier": _("VERIFIED BY"),
    "sign": _("(signature, full name)"),
}

TITLES: dict[Sort, Message] = {
    "nonconformity": _("REQUEST FOR\nCORRECTIVE ACTION"),
    "observation": _("RECORD OF AN OBSERVATION"),
    "opportunity": _("RECORD OF AN OPPORTUNITY FOR IMPROVEMENT"),
}
_SECTIONS: dict[str, Message] = {
    "finding": _("Finding"),
    "correction": _("Correction"),
    "cause": _("Cause"),
    "actions": _("Actions"),
    "effect": _("Effectiveness of the actions"),
    "links": _("Links and earlier rounds"),
}
_NUMERALS = ("I", "II", "III", "IV", "V", "VI")


@dataclass(frozen=True)
class Pair:
    """Two facts side by side."""

    label: Message
    value: str
    label2: Message
    value2: str


def view(sheet: CorrectiveActionSheet) -> View:
    """What the template of the sheet shows."""
    title = str(TITLES[sheet.sort])
    names: dict[str, Any] = {
        "s": sheet,
        "w": LABELS,
        "type_name": title.split("\n"),
        "parent": _lines(sheet.agency.parent, "parent"),
        "agency": _lines(sheet.agency.name, "agency"),
        "number": _("Number: %(code)s", code=sheet.code),
        "form_lines": list(_form_lines(sheet)),
        "headings": dict(_headings(sheet)),
        "facts": list(_facts(sheet)),
        "full": sheet.sort == "nonconformity",
        "page": _("Page"),
        "draft_mark": _("VOID") if sheet.voided else _("DRAFT") if sheet.draft else "",
        "illustrative_mark": _("Illustrative data") if sheet.illustrative else "",
    }
    properties = Properties(
        title=" ".join((*title.split(), sheet.code)),
        author=sheet.agency.name,
        code=sheet.code,
        trail_head=sheet.trail_head,
    )
    return View(names, properties)


def _lines(name: str, part: str) -> list[str]:
    """The name of an agency in the lines in which the head of the sheet shows it; none where there is none."""
    return balanced(name.upper(), part, AGENCY_COLUMN).split("\n") if name else []


def _form_lines(sheet: CorrectiveActionSheet) -> Iterator[Message]:
    """What stands in the corner of the form, below its number; nothing of what the agency has not set.

    Its code and issue are those of the corrective-action sheet: the shorter sheets are no such form.
    """
    if sheet.sort == "nonconformity":
        if sheet.form:
            yield _("Form: %(code)s", code=sheet.form)
        if sheet.issue:
            yield _("Issue: %(n)s", n=sheet.issue)
    if sheet.register_no:
        yield _("Earlier number: %(number)s", number=sheet.register_no)


def _headings(sheet: CorrectiveActionSheet) -> Iterator[tuple[str, str]]:
    """The headings that this sheet has, numbered as they come."""
    there = ["finding"]
    there += ["correction", "cause"] if sheet.sort == "nonconformity" else []
    there.append("actions")
    there += ["effect"] if sheet.sort == "nonconformity" else []
    there += ["links"] if sheet.links or sheet.rounds else []
    for numeral, name in zip(_NUMERALS, there, strict=False):
        yield name, f"{numeral}. {str(_SECTIONS[name]).upper()}"


def _facts(sheet: CorrectiveActionSheet) -> Iterator[Pair]:
    """The facts of the finding, two in a row."""
    due = sheet.due
    if sheet.first_due and sheet.first_due != sheet.due:
        due = str(_("%(due)s (first %(first)s)", due=sheet.due or "–", first=sheet.first_due))
    yield Pair(_("Day it happened"), sheet.happened_on, _("Recorded on"), sheet.recorded_on)
    yield Pair(_("Unit"), sheet.unit, _("Recorded by"), sheet.recorded_by)
    yield Pair(_("Owner"), sheet.owner, _("Due date"), due)
    yield Pair(_("Grade"), sheet.grade, _("State"), sheet.state)
    yield Pair(_("Found through"), "\n".join(sheet.source), _("Clauses of ISO 9001"), sheet.clauses)
