"""The forms of a nonconformity: what it is, and one form for each part written later."""

from __future__ import annotations

from wtforms import HiddenField, TextAreaField
from wtforms.validators import Optional

from qms.areas.actions.rules import SORTS
from qms.areas.nonconformities.forms_whys import WhySteps
from qms.areas.nonconformities.rules import ANSWERS, GRADES, SOURCES
from qms.areas.nonconformities.rules_analysis import CAUSE_EFFECT, CAUSES, FIVE_WHYS, GROUPS, METHODS
from qms.areas.nonconformities.rules_criterion import MOST_PERIODS
from qms.areas.nonconformities.rules_sources import BODIES
from qms.kernel.catalogue import EDITIONS
from qms.kernel.text import Message, _
from qms.web import forms


class NonconformityForm(forms.Form):
    """What was found, where and how grave it is."""

    title = forms.line(_("What is wrong, in one line"))
    grade = forms.one_of(
        _("Grade"),
        list(GRADES.items()),
        hint=_(
            "ISO 9001 defines no grades: major means that a requirement is not met at all, "
            "or that the service is in doubt."
        ),
    )
    description = forms.text(_("What was found, with its evidence"), needed=True)
    source_kind = forms.one_of(_("Found through"), list(SOURCES.items()))
    source_body = forms.one_of(
        _("Inspected by"),
        list(BODIES.items()),
        needed=False,
        hint=_("For an inspection or certification audit."),
    )
    source_ref = forms.line(
        _("Number and date of the paper"),
        needed=False,
        limit=200,
        hint=_(
            "Of the inspection's paper, or the number of the complaint. No personal data: "
            "neither name nor address nor telephone number of a citizen."
        ),
    )
    happened_on = forms.day(_("Day it happened"), needed=True)
    unit = forms.unit(_("Unit"))
    owner = forms.person(_("Owner"), hint=_("Who answers for it until it is closed."))
    due = forms.day(_("Due date"), hint=_("By when the whole matter is to be closed."))
    clauses = forms.line(
        _("Clauses of ISO 9001"),
        needed=False,
        limit=200,
        hint=_("Numbers with a comma between, such as 9.1.3, 10.2"),
    )
    edition = forms.one_of(_("Edition of ISO 9001"), [(edition, edition) for edition in EDITIONS])
    source = HiddenField()


class NonconformityEditForm(NonconformityForm):
    """What may be changed of a nonconformity; a later due date or a lower grade needs a reason."""

    source = None
    reason = forms.text(
        _("Reason"),
        limit=2000,
        hint=_("Needed when the due date moves back (the first one is kept) or the grade is lowered."),
    )


class CorrectionForm(forms.Form):
    """What was put right at once."""

    correction = forms.text(_("Correction"), hint=_("What was done at once to put this case right."))
    no_correction = forms.text(_("Or why none was possible"))
    consequences = forms.text(
        _("Consequences for the citizens concerned"),
        hint=_("Who was affected and what was done for them; write “none” if nobody was."),
    )


def _causes(label: Message, hint: Message) -> TextAreaField:
    """What may have brought it about, in one group of the diagram."""
    return forms.text(label, hint=hint, rows=2)


class AnalysisForm(forms.Form):
    """Why it happened."""

    cause_method = forms.one_of(_("Method of analysis"), list(METHODS.items()), needed=False)
    whys = WhySteps(
        _("Five whys"),
        description=_(
            "One answer per line: why did it happen? And why that? Five lines usually reach the cause."
        ),
    )
    causes_people = _causes(_("Causes in people"), _("Who acts: number, knowledge, assignment, attention."))
    causes_method = _causes(
        _("Causes in the method"), _("How it is done: procedures, regulations, instructions.")
    )
    causes_means = _causes(_("Causes in the means"), _("With what: equipment, software, premises, money."))
    causes_environment = _causes(
        _("Causes in the environment"), _("Around it: workload, season, other bodies, the law.")
    )
    causes_measurement = _causes(
        _("Causes in measurement"), _("How it is watched: figures, checks, deadlines.")
    )
    causes_information = _causes(
        _("Causes in information"), _("What one knows: data, papers, who tells whom.")
    )
    cause = forms.text(_("Root cause"))
    cause_group = forms.one_of(
        _("Group of the root cause"),
        list(GROUPS.items()),
        needed=False,
        hint=_("By this group causes are counted."),
    )
    elsewhere = forms.text(
        _("Does it exist elsewhere?"),
        hint=_("Which other units, procedures or periods were looked at, and what was found."),
    )


# Each method has its own fields, folded until they are used; what it comes to is asked whatever the method.
ANALYSIS_FOLDS = (
    (METHODS[FIVE_WHYS], ("whys",), f"cause_method={FIVE_WHYS}"),
    (METHODS[CAUSE_EFFECT], tuple(CAUSES.values()), f"cause_method={CAUSE_EFFECT}"),
)
ANALYSIS_GROUPS = ((_("What it comes to"), ("cause", "cause_group", "elsewhere")),)


def _why() -> TextAreaField:
    """Why something is changed that was settled before."""
    return forms.text(_("Reason"), needed=True, limit=2000, hint=_("It stands in the history."))


class PlanForm(forms.Form):
    """How and when the effect will be judged: by a described check, or by an indicator."""

    criterion = forms.text(
        _("Criterion of effectiveness"),
        hint=_("What must be seen, and by when, for the actions to count as effective."),
    )
    kpi = forms.one_of(
        _("Or an indicator"), [], needed=False,
        hint=_(
            "Its computed rate is judged. In which direction it must go is part of its definition: "
            "the higher or the lower the better."
        ),
    )  # fmt: skip
    kpi_value = forms.number(_("Value to reach"), hint=_("in the unit of the indicator, such as 50 for 50%%"))
    kpi_from = forms.line(
        _("First period"), needed=False, limit=10,
        hint=_("a year, half, quarter or month: 2024, 2024-H1, 2024-Q1, 2024-03"),
    )  # fmt: skip
    kpi_count = forms.Choice(
        _("Number of consecutive periods"), [Optional()], coerce=int,
        choices=[(n, str(n)) for n in range(1, MOST_PERIODS + 1)],
        description=_("The value is to be reached in each of them."),
    )  # fmt: skip
    effect_on = forms.day(
        _("Effectiveness check on"),
        hint=_(
            "Left empty, the day follows from the grade when the last action is done; so it does where that is "
            "done later than this day."
        ),
    )


class CriterionForm(PlanForm):
    """How the effect will be judged, changed after the plan was approved."""

    reason = _why()


class CheckForm(forms.Form):
    """Another day of the effectiveness check."""

    effect_on = forms.day(
        _("Effectiveness check on"), needed=True, hint=_("Not before the last action was done.")
    )
    reason = _why()


class EffectivenessForm(forms.Form):
    """What the check found."""

    effect_result = forms.text(_("What was checked, and what it showed"), needed=True)
    effect_met = forms.one_of(_("Effective?"), [("", _("– choose –")), *ANSWERS.items()])


PART_FORMS: dict[str, type[forms.Form]] = {
    "correction": CorrectionForm,
    "analysis": AnalysisForm,
    "plan": PlanForm,
    "criterion": CriterionForm,
    "check": CheckForm,
    "effectiveness": EffectivenessForm,
}


class ProposalForm(NonconformityForm):
    """A nonconformity from a proposal: its source is the proposal's."""

    source = None
    key = HiddenField()
    period = HiddenField()


class NcActionForm(forms.Form):
    """An action that serves a nonconformity."""

    title = forms.line(_("What is to be done, in one line"))
    sort = forms.one_of(_("Kind of action"), list(SORTS.items()))
    description = forms.text(_("How it is done"))
    owner = forms.person(_("Owner"), needed=True)
    unit = forms.unit(_("Unit"))
    due = forms.day(_("Due date"), needed=True)
    resources = forms.text(_("Resources"), limit=2000)
