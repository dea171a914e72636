"""The letter of a late case: as a Word document, with the applicant typed for the paper alone; and its record."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from flask import g, make_response, render_template
from werkzeug.wrappers import Response

from qms.areas.cases.forms import PrintForm
from qms.areas.cases.models import LateCase
from qms.areas.cases.rules import LETTER_KIND, PRINT, VIEW, S
from qms.kernel import verify
from qms.kernel.errors import Refused
from qms.kernel.organisations import Organisation, Unit, settings_on
from qms.kernel.permissions import Actor
from qms.kernel.text import _, current_language, language
from qms.web import export, shell
from qms.web.widgets import FormView

if TYPE_CHECKING:
    from qms.docx.letter_context import ApologyLetter


def make(actor: Actor, code: str, locale: str) -> tuple[str, bytes]:
    """File name and bytes of the letter in `locale`, with a line for the name.

    Raises NotFound, Forbidden, or Refused for a case that was voided.
    """
    return _made(letter_context(actor, code, locale), locale)


def _made(context: ApologyLetter, locale: str) -> tuple[str, bytes]:
    from qms.docx.fill import render
    from qms.docx.kinds import kind_of

    return kind_of(LETTER_KIND).file_name(context.code), render(LETTER_KIND, context, locale)


def _case(actor: Actor, code: str) -> LateCase:
    """The case that a letter may be made of; raises NotFound, or Refused for one that was voided."""
    row = LateCase.by_code(actor.organisation_id, code)
    if row.record.state == S.VOIDED:
        raise Refused([_("no letter is made of a late case that was voided")])
    return row


def letter_context(
    actor: Actor,
    code: str,
    locale: str,
    *,
    applicant: str = "",
    address: str = "",
    promised_on: date | None = None,
    signed: tuple[str, str] | None = None,
) -> ApologyLetter:
    """Everything the letter prints. `applicant` and `address` are put on paper and nowhere else.

    `promised_on` is a new date that is not recorded yet: another letter, of today. `signed` is (position, name),
    else the head's of the letter's day. Raises NotFound, Forbidden, or Refused for a case that was voided.
    """
    from qms.docx.contexts import AgencyBlock
    from qms.docx.letter_context import ApologyLetter

    actor.require(VIEW)
    row = _case(actor, code)
    organisation = Organisation.get_by_id(row.organisation_id)
    unit = Unit.get_or_none(Unit.id == row.record.unit_id)
    another = promised_on is not None and promised_on != row.promised_on
    sent_on = None if another else row.letter_on
    with language(locale):
        settings = settings_on(row.organisation_id, sent_on or actor.today)
        power, signer = signed or signatories(settings)[0]
        return ApologyLetter(
            code=row.record.code,
            agency=AgencyBlock.of(settings, str(organisation.name)),
            case_code=row.case_code,
            procedure=row.record.title,
            procedure_code=row.procedure_code,
            taken_on=row.taken_on,
            due_on=row.due_on,
            cause=row.cause,
            promised_on=promised_on or row.promised_on,
            unit=str(unit.name) if unit else "",
            unit_symbol=str(unit.code) if unit else str(settings.get("file_unit") or ""),
            sign_power=power,
            signer=signer,
            applicant=applicant,
            address=address,
            number=None if another else row.letter_number or None,
            sent_on=sent_on,
            illustrative=bool(organisation.illustrative),
            trail_head=verify.head(row.organisation_id),
        )


def signatories(settings: dict[str, Any]) -> list[tuple[str, str]]:
    """Who may sign: (position as it stands above the signature, name); the head first.

    A deputy signs for the head (KT.); a line of the settings may name the person after a comma.
    """
    head = str(settings.get("head") or "").upper()
    found = [(head, str(settings.get("head_name") or ""))]
    for line in settings.get("deputies") or ():
        position, _comma, name = str(line).partition(",")
        found.append((f"KT. {head}\n{position.strip().upper()}", name.strip()))
    return found


# ---------------------------------------------------------------- the page


def _offered(row: LateCase, today: date) -> dict[str, tuple[str, str]]:
    """Who may sign, by how they are offered: those of the day of the letter that is recorded, then those of today."""
    found = {}
    for day in (row.letter_on or today, today):
        for power, name in signatories(settings_on(row.organisation_id, day)):
            said = ": ".join(part for part in (power.replace("\n", " "), name) if part)
            found[said or "–"] = (power, name)
    return found


def print_page(code: str) -> Any:
    """Type the applicant and get the letter: nothing of what is typed is kept, logged or put into an address."""
    actor = shell.actor()
    g.record_url = f"/{actor.slug}/cases/{code}"
    row = _case(actor, code)
    form = PrintForm(data={"promised_on": row.promised_on})
    offered = _offered(row, actor.today)
    form.signatory.offer((said, said) for said in offered)  # type: ignore[attr-defined]
    if form.validate_on_submit():
        typed = form.values()
        return _letter(actor, code, typed | {"signed": offered[typed.pop("signatory")]})
    view = FormView(
        title=_("Print the apology letter"),
        form=form,
        submit_label=_("Make the letter (.docx)"),
        cancel_url=g.record_url,
        intro=_(
            "The layout is our own, in the manner of Decree 30/2020/NĐ-CP; it has not been compared with Mẫu 04 of "
            "Thông tư 03/2025/TT-VPCP. Number and date stay blank until the letter is recorded."
        ),
        code=code,
    )
    response = make_response(render_template("layouts/form.html", view=view), form.status)
    return _unkept(response)


def _letter(actor: Actor, code: str, typed: dict[str, Any]) -> Response:
    locale = current_language()
    name, content = _made(letter_context(actor, code, locale, **typed), locale)
    return _unkept(export.download(name, export.DOCX, content))


def _unkept(response: Response) -> Response:
    """The response, which no cache on the way may keep: it may hold a name."""
    response.headers["Cache-Control"] = "no-store"
    return response


def add_routes(blueprint: Any) -> None:
    """Add the page that prints the letter."""
    view = shell.needs(PRINT)(print_page)
    blueprint.add_url_rule("/<code>/letter/print", "print_letter", view, methods=("GET", "POST"))
