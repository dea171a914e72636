"""The body of the template of a nonconformity's sheet: one sheet, which an agency may make its own.

A register of sheets is this template filled once per record (`series`).
"""

from __future__ import annotations

from qms.docx import ooxml
from qms.docx.layout import TEXT
from qms.docx.ooxml import Row, Style, paragraph, row_tag, run, tag, text

_HEAD = (61.5, 60.5, 43)  # mm: agency, name of the form, its number
AGENCY_COLUMN = _HEAD[0] - 2 * ooxml.PADDING
_GROUP = TEXT / 3  # mm, a group of causes; the effect takes as much
_ARROW = 4  # mm, the end of the spine
_SIGNATURE = 21  # mm between position and name: a form takes no stamp
_THIN, _THICK = 6, 18  # eighths of a point
_LINE = '<w:{0} w:val="single" w:sz="{1}" w:space="0" w:color="000000"/>'

STYLES = (
    Style("FormName", "Form name", 13, bold=True, align="center", before=6, after=6),
    Style("FormTitle", "Form title", 13, bold=True, align="center", before=6, after=4, keep_next=True),
    Style("FormHeading", "Form heading", 12, bold=True, before=9, after=3, keep_next=True, outline=0),
    Style("FormText", "Form text", 12, align="both", before=3, line=1.05),
    Style("Spine", "Spine", 2, before=2, exact=2),
    Style("SpineEnd", "Spine end", 11),
    Style("FormSign", "Form signing position", 12, bold=True, align="center", before=12, keep_next=True),
    Style("FormSignNote", "Form signing note", 12, italic=True, align="center", keep_next=True),
    Style("FormSigner", "Form signer", 13, bold=True, align="center"),
    Style(
        "FormEnd", "Form end", 1, exact=1
    ),  # what must stand behind the last table; it begins no page of its own
)


def header() -> str:
    """The top margin of each page: marks at either side, `page n/N` in the middle."""
    return paragraph(
        "Header",
        run("{{ illustrative_mark }}", italic=True, size=12),
        ooxml.tab(),
        run("{{ page }} "),
        ooxml.field("PAGE"),
        run("/"),
        ooxml.field("NUMPAGES"),
        ooxml.tab(),
        run("{{ draft_mark }}", bold=True, size=13, boxed=True),
    )


def body() -> str:
    """The whole sheet, in the order in which a nonconformity is handled (domain 5.2)."""
    return "".join(
        (
            _head(),
            text("FormTitle", "{{ s.title }}"),
            _finding(),
            tag("if full"),
            _correction(),
            _cause(),
            tag("endif"),
            _actions(),
            tag("if full"),
            _effect(),
            tag("endif"),
            _links(),
            _reason(),
            _signatures(),
            text("FormEnd", ""),
        )
    )


def _head() -> str:
    """Agency, name of the form, and its number with code and version of the form."""
    agency = (
        tag("if parent")
        + paragraph("CellCentre", _broken("parent"))
        + tag("endif")
        + paragraph("CellCentre", _broken("agency", bold=True))
    )
    corner = (
        paragraph("CellSmall", run("{{ number }}", bold=True))
        + tag("for line in form_lines")
        + text("CellSmall", "{{ line }}")
        + tag("endfor")
    )
    row = Row((agency, paragraph("FormName", _broken("type_name")), corner))
    return ooxml.table(_HEAD, (row,)) + text("Gap", "")


def _finding() -> str:
    def value(name: str) -> str:
        return _cell_lines(f"pair.{name}")

    row = Row(
        (
            paragraph("CellSmall", run("{{ pair.label }}", bold=True)),
            value("value"),
            paragraph("CellSmall", run("{{ pair.label2 }}", bold=True)),
            value("value2"),
        )
    )
    rows = (row_tag("for pair in facts"), row, row_tag("endfor"))
    return (
        text("FormHeading", "{{ headings.finding }}")
        + ooxml.table((30, 57, 30, 48), rows)
        + _said("description", "s.description", always=True)
        + tag("if s.evidence")
        + _label("evidence", "{{ s.evidence|join('; ') }}")
        + tag("endif")
    )


def _correction() -> str:
    return (
        text("FormHeading", "{{ headings.correction }}")
        + tag("if s.no_correction")
        + _said("not_corrected", "s.no_correction", always=True)
        + tag("else")
        + _said("corrected", "s.correction", always=True)
        + tag("endif")
        + tag("if s.contained_on")
        + text("FormText", "{{ s.contained_on }}")
        + tag("endif")
        + _said("consequences", "s.consequences", always=True)
    )


def _cause() -> str:
    return (
        text("FormHeading", "{{ headings.cause }}")
        + tag("if s.method")
        + _label("method", "{{ s.method }}")
        + tag("endif")
        + tag("if s.whys")
        + _label("problem", "{{ s.title }}")
        + tag("for step in s.whys")
        + paragraph("FormText", run("{{ w.why }} {{ loop.index }}: ", bold=True), run("{{ step }}"))
        + tag("endfor")
        + tag("endif")
        + tag("if s.groups")
        + _diagram()
        + tag("endif")
        + _said("cause", "s.cause", always=True)
        + tag("if s.cause_group")
        + text("FormText", "{{ s.cause_group }}")
        + tag("endif")
        + tag("if s.cause_by")
        + _label("cause_by", "{{ s.cause_by }}")
        + tag("endif")
        + _said("elsewhere", "s.elsewhere", always=True)
    )


def _actions() -> str:
    row = Row(
        (
            text("CellSmall", "{{ a.code }}") + text("CellNote", "{{ a.sort }}"),
            text("CellSmall", "{{ a.title }}")
            + _note("a.resources", "resources")
            + _note("a.proof", "proof"),
            text("CellSmall", "{{ a.owner }}") + _if("a.unit", text("CellNote", "{{ a.unit }}")),
            text("CellSmallCentre", "{{ a.due }}")
            + _if("a.extended", paragraph("CellSmallCentre", run("{{ a.extended }}", italic=True))),
            _if("a.state", text("CellSmall", "{{ a.state }}"))
            + _if("a.done_on", text("CellSmall", "{{ a.done_on }}"))
            + _if("a.verified_by", text("CellNote", "{{ a.verified_by }}")),
        )
    )
    names = ("action_code", "action", "owner", "due", "done")
    head = Row([text("CellSmallHead", "{{ w." + name + " }}") for name in names], head=True)
    rows = (head, row_tag("for a in s.actions"), row, row_tag("endfor"))
    return (
        text("FormHeading", "{{ headings.actions }}")
        + _said("waiver", "s.waiver")
        + tag("if s.actions")
        + ooxml.table((26, 58, 30, 24, 27), rows)
        + text("Gap", "")
        + tag("elif not s.waiver")
        + text("FormText", "{{ w.no_action }}")
        + tag("endif")
        + _said("planned", "s.planned")
        + _said("approved", "s.approved")
    )


def _effect() -> str:
    names = ("period", "fraction", "computed", "stated", "source")
    head = Row([text("CellSmallHead", "{{ w." + name + " }}") for name in names], head=True)
    row = Row(
        (
            text("CellSmall", "{{ f.period }}"),
            text("CellSmallCentre", "{{ f.fraction }}"),
            text("CellSmallCentre", "{{ f.computed }}"),
            text("CellSmallCentre", "{{ f.stated }}"),
            text("CellSmall", "{{ f.source }}"),
        )
    )
    rows = (head, row_tag("for f in s.figures"), row, row_tag("endfor"))
    return (
        text("FormHeading", "{{ headings.effect }}")
        + _said("criterion", "s.criterion", always=True)
        + _said("effect_on", "s.effect_on")
        + tag("if s.figures")
        + text("Gap", "", keep_next=True)
        + ooxml.table((26, 30, 32, 32, 45), rows)
        + text("Gap", "")
        + tag("endif")
        + _said("by_computed", "s.by_computed")
        + _said("by_stated", "s.by_stated")
        + _said("effect_result", "s.effect_result")
        + _said("effect_met", "s.effect_met")
        + _said("effect_reason", "s.effect_reason")
        + _said("checked", "s.checked")
    )


def _links() -> str:
    return _if(
        "s.links or s.rounds",
        text("FormHeading", "{{ headings.links }}")
        + tag("for line in s.links")
        + text("FormText", "- {{ line }}")
        + tag("endfor")
        + _if("s.rounds", paragraph("FormText", run("{{ w.rounds }}:", bold=True), keep_next=True))
        + tag("for r in s.rounds")
        + text("FormText", "- {{ r.begun }}")
        + _said("cause", "r.cause")
        + _if("r.cause_group", text("FormText", "{{ r.cause_group }}"))
        + _said("effect_result", "r.effect_result")
        + _said("checked", "r.checked")
        + tag("endfor"),
    )


def _reason() -> str:
    return _said("reason", "s.reason")


def _signatures() -> str:
    """Blank to sign, with the names beneath; an observation or an opportunity has no verifier."""

    def signers(*names: tuple[str, str]) -> str:
        rows = (
            Row([text("FormSign", "{{ w." + position + " }}") for position, _name in names]),
            Row([text("FormSignNote", "{{ w.sign }}") for _signer in names], height=_SIGNATURE),
            Row([text("FormSigner", name) for _position, name in names]),
        )
        return ooxml.table([TEXT / len(names)] * len(names), rows, borders=False)

    recorder, head = ("recorder", "{{ s.recorded_by }}"), ("head", "{{ s.unit_head }}")
    return (
        text("Gap", "", keep_next=True)
        + tag("if full")
        + signers(recorder, head, ("verifier", "{{ s.verifier }}"))
        + tag("else")
        + signers(recorder, head)
        + tag("endif")
    )


# ---------------------------------------------------------------- pieces


def _if(condition: str, shown: str) -> str:
    return tag(f"if {condition}") + shown + tag("endif")


def _broken(lines: str, *, bold: bool = False) -> str:
    """A run of several lines; breaks that stood in the text would make docxtpl read the whole sheet for them."""
    whole = run(
        "{% for line in " + lines + " %}{% if not loop.first %}\n{% endif %}{{ line }}{% endfor %}", bold=bold
    )
    return whole.replace("\n", '</w:t><w:br/><w:t xml:space="preserve">')


def _label(name: str, shown: str) -> str:
    return paragraph("FormText", run("{{ w." + name + " }}: ", bold=True), run(shown))


def _said(name: str, value: str, *, always: bool = False) -> str:
    """A label with a text of one or several lines; where it is empty nothing, or `always` that it is empty."""
    several = (
        tag(f"for line in {value}|paragraphs")
        + tag("if loop.first")
        + _label(name, "{{ line }}")
        + tag("else")
        + text("FormText", "{{ line }}")
        + tag("endif")
        + tag("endfor")
    )
    empty = tag(f"if not {value}|trim") + _label(name, "{{ w.empty }}") + tag("endif")
    return several + (empty if always else "")


def _note(value: str, label: str) -> str:
    """Small print in a cell, one paragraph a line."""
    return _if(
        value,
        paragraph("CellSmall", run("{{ w." + label + " }}:", italic=True))
        + tag(f"for line in {value}|paragraphs")
        + text("CellNote", "{{ line }}")
        + tag("endfor"),
    )


def _cell_lines(value: str) -> str:
    """The lines of a cell, and an empty one where there is none: a cell holds a paragraph."""
    return (
        tag(f"for line in {value}|paragraphs")
        + text("CellSmall", "{{ line }}")
        + tag("endfor")
        + _if(f"not {value}|trim", text("CellSmall", "–"))
    )


# ---------------------------------------------------------------- the cause-and-effect diagram


def _diagram() -> str:
    """Three groups above, the spine that ends in the effect, three below: a table that every program draws.

    The upper groups stay with the spine, which a page may end: the lower ones follow on the next.
    """
    widths = (_GROUP, _GROUP - _ARROW, _ARROW, _GROUP)
    grid = "".join(f'<w:gridCol w:w="{ooxml.twips(mm)}"/>' for mm in widths)
    margin = f'w:w="{ooxml.twips(ooxml.PADDING)}" w:type="dxa"'

    def apart(*, keep_next: bool) -> str:
        return _tr(_tc(TEXT, text("Gap", "", keep_next=keep_next), span=4))

    rows = (
        _tr(_tc(TEXT, text("CellSmallHead", "{{ w.diagram }}"), span=4), head=True),
        _tr(_bone(0), _bone(1, span=2), _bone(2)),
        apart(keep_next=True),
        _spine(),
        apart(keep_next=True),
        _tr(_bone(3), _bone(4, span=2), _bone(5)),
    )
    return (
        text("Gap", "", keep_next=True)
        + f'<w:tbl><w:tblPr><w:tblW w:w="{ooxml.twips(TEXT)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left {margin}/><w:right {margin}/></w:tblCellMar>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>" + text("Gap", "")
    )


def _spine() -> str:
    """The drawn line, its end, and the box of the effect, each in the middle of the row whatever its height."""
    line = (
        f'<w:p><w:pPr><w:pStyle w:val="Spine"/><w:pBdr>{_LINE.format("top", _THICK)}</w:pBdr></w:pPr></w:p>'
    )
    effect = paragraph("CellSmallCentre", run("{{ s.title }}", bold=True))
    return _tr(
        _tc(2 * _GROUP - _ARROW, line, span=2, bare=True),
        _tc(_ARROW, text("SpineEnd", "►"), bare=True),
        _tc(_GROUP, effect, box=str(_THICK)),
    )


def _bone(number: int, *, span: int = 1) -> str:
    """A group of causes in a box, heavier where the root cause is of it."""
    group = f"s.groups[{number}]"
    name = "{{ " + group + ".name }}"
    shown = (
        paragraph("CellSmall", run(name, bold=True))
        + _if(f"{group}.chosen", text("CellNote", "({{ w.root_here }})"))
        + tag(f"for line in {group}.text|paragraphs")
        + text("CellSmall", "- {{ line }}")
        + tag("endfor")
        + _if(f"not {group}.text|trim", text("CellNote", "{{ w.nothing }}"))
    )
    box = f"{{{{ {_THICK} if {group}.chosen else {_THIN} }}}}"
    return _tc(_GROUP, shown, span=span, box=box, align="top")


def _tr(*cells: str, head: bool = False) -> str:
    properties = "<w:cantSplit/>" + ("<w:tblHeader/>" if head else "")
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def _tc(
    width: float, shown: str, *, span: int = 1, box: str = "", bare: bool = False, align: str = "center"
) -> str:
    """A cell of the diagram: in a `box` of lines of that size, or `bare` of the margin at its sides."""
    lines = "".join(_LINE.format(side, box) for side in ("top", "left", "bottom", "right"))
    none = '<w:tcMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tcMar>'
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{ooxml.twips(width)}" w:type="dxa"/>'
        + (f'<w:gridSpan w:val="{span}"/>' if span > 1 else "")
        + (f"<w:tcBorders>{lines}</w:tcBorders>" if box else "")
        + (none if bare else "")
        + f'<w:vAlign w:val="{align}"/></w:tcPr>{shown}</w:tc>'
    )
