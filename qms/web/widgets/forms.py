"""A form page of any kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from qms.kernel.text import _
from qms.web.widgets.pieces import Text


@dataclass(slots=True)
class FormView:
    """A form page around a WTForms form.

    `submit_label` is a verb with its object. `version` is that of the record when it was read; None for
    a new record. `groups` are (heading, names of fields); fields not named come first, without a heading. `folds`,
    between the two, are (heading, names, choice) of which few are needed at a time: open where something was filled
    in, or where that choice, as `field=value`, is made.
    """

    title: Text
    form: Any
    submit_label: Text
    cancel_url: str
    version: int | None = None
    intro: Text = ""
    groups: Sequence[tuple[Text, Sequence[str]]] = ()
    folds: Sequence[tuple[Text, Sequence[str], str]] = ()
    url: str = ""
    code: str = ""

    def loose_fields(self) -> list[Any]:
        """The visible fields that no group names, in the order of the form."""
        named = {name for _heading, names, *_choice in (*self.folds, *self.groups) for name in names}
        return [f for f in self.visible_fields() if f.short_name not in named]

    def is_open(self, names: Sequence[str], choice: str) -> bool:
        """Whether the choice is made, or any of these fields holds something, or says what is wrong with it."""
        field, _equals, value = choice.partition("=")
        if self.form[field].data == value:
            return True
        return any(self.form[name].data or self.form[name].errors for name in names)

    def visible_fields(self) -> list[Any]:
        """Every field that a person fills in."""
        return [f for f in self.form if f.type not in ("HiddenField", "CSRFTokenField")]

    def hidden_fields(self) -> list[Any]:
        """The fields that travel unseen, save the CSRF token, which the layout writes itself."""
        return [f for f in self.form if f.type == "HiddenField"]

    def problems(self) -> list[tuple[str, Text, Text]]:
        """(id of the field, its label, what is wrong) of every error, in the order of the form."""
        whole = [("main", _("The whole"), error) for error in self.form.form_errors]
        return [*whole, *(problem for f in self.form for problem in _problems_of(f))]

    @property
    def has_files(self) -> bool:
        """Whether a file is sent with it."""
        return any(f.type in ("FileField", "MultipleFileField") for f in self.form)


def _problems_of(one: Any) -> Iterator[tuple[str, Text, Text]]:
    """The errors of a field, those of the fields inside it first."""
    inner = list(one) if one.type in ("FieldList", "FormField") else []
    for part in inner:
        yield from _problems_of(part)
    if not inner or one.type == "FieldList":
        for error in one.errors:
            if not isinstance(error, dict | list):
                yield one.id, one.label.text, error
