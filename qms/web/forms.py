"""What the forms of all areas share: the base, messages in our words, choices of people and units."""

# The stubs of WTForms know no lazy messages as labels and lag behind its parameters.
# pyright: reportArgumentType=false, reportCallIssue=false

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any

from flask import flash, g, request
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # pyright: ignore[reportAttributeAccessIssue]
from wtforms.validators import DataRequired, InputRequired, Length, Optional, StopValidation, ValidationError

from qms.kernel import once, rehearsals
from qms.kernel.calendar import is_usual_day, typed_day
from qms.kernel.errors import BadInput, Obstacle, Refused
from qms.kernel.numbers import parse_decimal
from qms.kernel.records import MAX_TEXT, MAX_TITLE
from qms.kernel.text import Message, _, current_language, printable, show_number
from qms.web import shell
from qms.web.names import people_options, unit_options

UNSAID = frozenset({"csrf_token", "version", "submit", "once"})  # fields that say nothing of a record


class Form(FlaskForm):
    """A form of ours; `values()` is what a service takes.

    It carries a token, `once`: sent twice, it is carried out once, and `made` is found again where it is a row. A
    form that writes under other locks than that of the actor's organisation, or whose page reads of `made` what is
    no row, does without (`once = None`): it must be harmless by itself when it is sent twice.
    """

    class Meta(FlaskForm.Meta):
        locales = False

    once = HiddenField(default=once.new_token)
    made: Any = None  # what the carried-out form made
    refused = False
    obstacles: Sequence[Obstacle] = ()  # what a rule found that no field of the form mends

    def is_submitted(self) -> bool:
        """Whether it was sent to be carried out.

        What comes back from an error's page (`again`) is looked at first: a foreign site may have filled it in.
        """
        return super().is_submitted() and "again" not in request.form

    def carries_out(self, save: Callable[[], Any], *, rehearsed: bool = False) -> bool:
        """Whether the form was sent, is filled in well, and `save()` has done it; `made` is what that returned.

        Where the same form was carried out before, nothing is done: `made` is the row that it made then, and the
        reader is told. A rule's refusal is no page of its own: its reasons stand beside the fields of the form,
        shown again with its `status` and everything that was typed.

        `rehearsed`: where a field is filled in badly, the rules are asked as well, so that nothing is left to be found
        afterwards; `save` must do nothing but call the service, with whatever was typed.
        """
        if not self.validate_on_submit():
            if rehearsed and self.is_submitted() and "csrf_token" not in self.errors:
                self._show(rehearsals.against(shell.actor(), save))
            return False
        try:
            self.made, again = once_only(save) if "once" in self._fields else (save(), False)
        except Refused as refusal:
            self.refused = True
            self._show(refusal.reasons)
            return False
        if again:
            say_twice()
        return True

    def _show(self, reasons: Iterable[Obstacle]) -> None:
        """Each reason beside its field, unless that field says already what is wrong with it."""
        wrong = frozenset(self.errors)
        for reason in reasons:
            field = self._fields.get(reason.field)
            if field is None or field.type == "HiddenField":
                self.obstacles = [*self.obstacles, reason]
            elif field.short_name not in wrong:
                field.errors = [*field.errors, str(reason.text)]

    @property
    def status(self) -> int:
        """The answer of the form's page: 409 when a rule refused it, 422 when it was filled in badly."""
        return 409 if self.refused else 422 if self.errors else 200

    def values(self) -> dict[str, Any]:
        """Field name -> cleaned value, without what says nothing of the record: tokens and the version."""
        return {name: value for name, value in self.data.items() if name not in UNSAID}


def once_only(save: Callable[[], Any]) -> tuple[Any, bool]:
    """What `save()` made, and whether this very form had made it before, so that nothing was done now.

    What makes a sent form one of its kind is the token with which it was shown, or the version that it changes;
    one that has neither (sent by a program) is carried out as often as it comes.
    """
    key = _sent_key()
    return once.carried_out(shell.actor(), key, save) if key else (save(), False)


def made_before() -> Any:
    """What this very form made when it was sent before, which the reader is told; None where it made no row.

    For a view that would fail before it comes to the form, since what it asks for is done.
    """
    key = _sent_key() if request.method == "POST" else ""
    made = once.made_before(shell.actor(), key) if key else None
    if made is not None:
        say_twice()
    return made


def sent_before() -> bool:
    """Whether this very form was carried out before."""
    key = _sent_key()
    return bool(key) and once.was_carried_out(shell.actor(), key)


def say_twice() -> None:
    """Tell the reader that nothing was done a second time."""
    flash(str(_("This form was sent twice. It was recorded once.")), "info")


def _sent_key() -> str:
    """What tells the sent form from all others: where it goes, its token and all that was typed; empty: nothing."""
    actor = g.get("actor")
    if actor is None or actor.organisation_id is None or request.form.keys().isdisjoint({"once", "version"}):
        return ""
    typed = sorted((n, v) for n, values in request.form.lists() if n != "csrf_token" for v in values)
    files = [(n, one.filename, _digest(one)) for n, one in request.files.items(multi=True)]
    return once.key_of([request.path, request.query_string.decode("latin-1"), typed, files])


def _digest(sent: Any) -> str:
    digest = hashlib.file_digest(sent.stream, "sha256").hexdigest()
    sent.stream.seek(0)
    return digest


def sent_version() -> int | None:
    """The version of the record that the sent form was opened on; None where it names none."""
    value = request.form.get("version", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def opened_version() -> int:
    """The version on which a form was opened; raises BadInput without it: it would overwrite unseen."""
    version = sent_version()
    if version is None:
        raise BadInput(_("the form does not say which version it changes: open it again"))
    return version


def clean(value: str | None) -> str:
    """Typed text as it is kept, without outer space; what shows nothing at all is empty."""
    return printable(value or "").strip()


def required() -> DataRequired:
    """Something must be typed."""
    return DataRequired(message=_("this is needed"))


class AtMost(Length):
    """No more than so many characters, the limit named."""

    def __call__(self, form: Any, field: Any) -> None:
        """Raise ValidationError for a longer text."""
        if len(field.data or "") > self.max:
            raise ValidationError(_("at most %(limit)s characters", limit=show_number(self.max)))  # type: ignore[arg-type]


def at_most(limit: int) -> AtMost:
    """No more than `limit` characters, the limit named."""
    return AtMost(max=limit)


def line(
    label: Message, *, needed: bool = True, limit: int = MAX_TITLE, hint: Message | str = ""
) -> StringField:
    """A one-line text."""
    return StringField(
        label, [required() if needed else Optional(), at_most(limit)], [clean], description=hint
    )


def text(
    label: Message, *, needed: bool = False, limit: int = MAX_TEXT, hint: Message | str = "", rows: int = 4
) -> TextAreaField:
    """A long text with its limit; `rows` are the lines that show."""
    return TextAreaField(
        label, [required() if needed else Optional(), at_most(limit)], [clean], description=hint,
        render_kw={"rows": rows, "maxlength": limit},
    )  # fmt: skip


class Day(DateField):
    """A date with the browser's own widget; a bad one is named."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read an ISO date; raises ValueError with our words, also beyond the years in which days are counted on."""
        try:
            super().process_formdata(valuelist)
            if self.data is not None and not is_usual_day(self.data):
                self.data = None
                raise ValueError
        except ValueError as error:
            raise ValueError(_("this is not a date: write day, month and year")) from error


def read_day(text: str) -> date:
    """A day as a browser's widget sends it, outside a form; raises BadInput naming what is none."""
    try:
        return typed_day(text)
    except ValueError as error:
        raise BadInput(_("“%(value)s” is not a date", value=text[:40])) from error


def day(label: Message, *, needed: bool = False, hint: Message | str = "") -> Day:
    """A date."""
    return Day(
        label, [InputRequired(message=_("this is needed")) if needed else Optional()], description=hint
    )


class Choice(SelectField):
    """A select; a value that was not offered is named in our words. Choices are (value, label)."""

    def __init__(self, *args: Any, choices: Iterable[tuple[Any, Any]] | None = None, **options: Any) -> None:
        super().__init__(*args, invalid_value_message=_("choose one of the list"), **options)
        if choices is not None:
            self.offer(choices)

    def offer(self, choices: Iterable[tuple[Any, Any]]) -> None:
        """Offer these (value, label)."""
        self.choices = [SelectChoice(value, label) for value, label in choices]

    def pre_validate(self, form: Any) -> None:
        """Raise StopValidation for a value that was not offered, which goes no further."""
        if self.data is None or str(self.data) in {str(value) for value, *_rest in self.iter_choices()}:
            return
        self.data = None
        raise StopValidation(_("choose one of the list"))


def person(label: Message, *, needed: bool = False, hint: Message | str = "") -> Choice:
    """One of the people who work here; its value is an id or None. Filled by `fill_choices`."""
    return Choice(
        label, [required()] if needed else [Optional()], coerce=number_or_none, description=hint,
        validate_choice=True, render_kw={"data-choices": "people"},
    )  # fmt: skip


def unit(label: Message, *, needed: bool = False, hint: Message | str = "") -> Choice:
    """One of the units of today; its value is an id or None. Filled by `fill_choices`."""
    return Choice(
        label, [required()] if needed else [Optional()], coerce=number_or_none, description=hint,
        validate_choice=True, render_kw={"data-choices": "units"},
    )  # fmt: skip


def one_of(
    label: Message, options: list[tuple[str, Any]], *, needed: bool = True, hint: Message | str = ""
) -> Choice:
    """One of fixed options; an empty one first where none is needed."""
    offered = options if needed else [("", "–"), *options]
    return Choice(label, [required()] if needed else [Optional()], choices=offered, description=hint)


def number_or_none(value: Any) -> int | None:
    return None if value in (None, "", "None") else int(value)


def fill_choices(form: Form) -> Form:
    """Offer the people and units of the request's organisation in the fields that ask for them."""
    actor = shell.actor()
    options = {"people": cache(lambda: people_options(actor)), "units": cache(lambda: unit_options(actor))}
    for field in form:
        asked = (field.render_kw or {}).get("data-choices")
        if isinstance(field, Choice) and asked in options:
            field.offer([("", "–"), *options[asked]()])
    return form


class Number(StringField):
    """A decimal typed in the separators of the reader's language; its value is a Decimal, or None."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; raises ValueError with our words, and keeps it to be shown again."""
        typed = clean(valuelist[0]) if valuelist else ""
        self.data = parse_decimal(typed, current_language()) if typed else None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else show_number(self.data)


def number(label: Message, *, hint: Message | str = "") -> Number:
    """A decimal number that may be left out."""
    return Number(label, [Optional()], description=hint, render_kw={"inputmode": "decimal"})
