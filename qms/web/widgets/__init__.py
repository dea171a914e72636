"""What a page shows, as plain values: areas fill these, the layouts draw them.

Nothing here knows Flask or the database. Texts may be `str`, a lazy `Message` or `Markup`;
numbers and dates arrive already written for the reader (`show_number`, `show_date`).
"""

from qms.web.widgets.figures import Duty, Figure, Mark
from qms.web.widgets.forms import FormView
from qms.web.widgets.frame import Frame, Nav, OrganisationName
from qms.web.widgets.lists import Bulk, Filter, ListView
from qms.web.widgets.moves import REASON, Move, MoveField
from qms.web.widgets.pieces import (
    SIGNS,
    Choice,
    Column,
    Row,
    StateBadge,
    Table,
    Text,
    drawn,
    lines_of,
    link,
    mend_url,
    obstacles,
)
from qms.web.widgets.records import (
    Attachment,
    Fact,
    Folded,
    HistoryLine,
    LinkRow,
    RecordView,
    Refusal,
    Remark,
    Section,
    Step,
)

__all__ = [
    "REASON",
    "SIGNS",
    "Attachment",
    "Bulk",
    "Choice",
    "Column",
    "Duty",
    "Fact",
    "Figure",
    "Filter",
    "Folded",
    "FormView",
    "Frame",
    "HistoryLine",
    "LinkRow",
    "ListView",
    "Mark",
    "Move",
    "MoveField",
    "Nav",
    "OrganisationName",
    "RecordView",
    "Refusal",
    "Remark",
    "Row",
    "Section",
    "StateBadge",
    "Step",
    "Table",
    "Text",
    "drawn",
    "lines_of",
    "link",
    "mend_url",
    "obstacles",
]
