"""What the apology letter of a late case needs to know: frozen, plain values.

`applicant` and `address` are typed when it is printed and stand nowhere but on the paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from qms.docx.contexts import AgencyBlock


@dataclass(frozen=True)
class ApologyLetter:
    """The letter that apologises for a late case and promises a new date (domain 2.4, Mẫu 04).

    `number` and `sent_on` stay None until the records office gives a number and the letter goes out;
    `sign_power` is the position of who signs, in one line or two. An empty `applicant` leaves a line to write on.
    """

    code: str
    agency: AgencyBlock
    case_code: str
    procedure: str
    procedure_code: str
    taken_on: date
    due_on: date
    cause: str
    promised_on: date | None
    unit: str
    unit_symbol: str
    sign_power: str
    signer: str
    applicant: str = ""
    address: str = ""
    number: str | None = None
    sent_on: date | None = None
    illustrative: bool = False
    trail_head: str = ""
