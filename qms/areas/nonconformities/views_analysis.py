"""How the page draws the cause: the whys as a chain, the groups as a fishbone, and what earlier rounds came to."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules_analysis import CAUSE_EFFECT, GROUPS, METHODS, why_steps
from qms.areas.nonconformities.service_facts import causes
from qms.areas.nonconformities.service_rounds import Round, earlier_rounds
from qms.kernel.text import Message, _, show_date
from qms.web.names import person_name
from qms.web.widgets import Fact, Section
from qms.web.widgets.pieces import html


def analysis_facts(row: Nonconformity) -> list[Fact]:
    """How the cause was sought, by whom, and what was found; a chain of whys ends in the root cause."""
    names = ", ".join(sorted(map(person_name, row.authors())))
    facts = [
        Fact(_("method of analysis"), METHODS.get(row.cause_method), empty_hint=_("not named")),
        Fact(_("written by"), names or None, empty_hint=_("nobody yet")),
    ]
    if steps := why_steps(row.whys):
        facts.append(Fact(_("whys, step by step"), _chain(row, steps), long=True))
    if not steps or not row.cause:
        facts.append(Fact(_("root cause"), row.cause, empty_hint=_("not found yet"), long=True))
    return [
        *facts,
        Fact(_("group of the root cause"), GROUPS.get(row.cause_group or ""), empty_hint=_("not named")),
        Fact(_("does it exist elsewhere?"), row.elsewhere, empty_hint=_("not answered yet"), long=True),
    ]


def _chain(row: Nonconformity, steps: Iterable[str]) -> Markup:
    """From the problem through each why to the root cause, in one numbered list."""
    links = [(_("the problem"), str(row.record.title), "chain-end")]
    links += [(_("why %(n)s", n=number), step, "") for number, step in enumerate(steps, 1)]
    links += [(_("root cause"), row.cause, "chain-end")] if row.cause else []
    drawn = "".join(
        f'<li class="chain-link {kind}"><span class="chain-label">{html(label)}</span> <span>{html(text)}</span></li>'
        for label, text, kind in links
    )
    return Markup(f'<ol class="chain">{drawn}</ol>')  # noqa: S704 (each value was escaped)


def fishbone(row: Nonconformity) -> Markup | str:
    """The groups of causes on a spine that leads to the effect; nothing where the method is another."""
    named = causes(row)
    if row.cause_method != CAUSE_EFFECT and not named:
        return ""
    bones = Markup("").join(_bone(label, named.get(group, "")) for group, label in GROUPS.items())
    return Markup(
        '<div class="fishbone"><h3>{}</h3>'
        '<div class="fish"><p class="fish-head"><span class="chain-label">{}</span> <span>{}</span></p>'
        '<ul class="bones">{}</ul></div></div>'
    ).format(_("Cause and effect"), _("the effect"), row.record.title, bones)


def _bone(label: Message, text: str) -> Markup:
    kind, said = ("bone", text) if text else ("bone bone-empty", _("no cause named"))
    return Markup('<li class="{}"><div class="bone-text"><h4>{}</h4><p>{}</p></div></li>').format(
        kind, label, said
    )


# ---------------------------------------------------------------- earlier rounds

_BEGUN: dict[str, Message] = {
    "not_effective": _("sent back as not effective"),
    "reopen": _("closed, then reopened"),
}


def rounds(row: Nonconformity) -> list[Section]:
    """The section of the rounds before the present one, folded; none where this is the first."""
    found = earlier_rounds([row]).get(row.record_id)
    if not found:
        return []
    return [Section("rounds", _("Earlier rounds"), body=Markup("").join(map(_round, found)))]


def _round(one: Round) -> Markup:
    title = _(
        "Round %(n)s: %(step)s on %(day)s by %(who)s",
        n=one.number, step=_BEGUN[one.step], day=show_date(one.on), who=one.by,
    )  # fmt: skip
    facts = [
        Fact(_("reason"), one.reason, long=True),
        Fact(_("root cause"), one.cause, long=True),
        Fact(_("group of the root cause"), GROUPS.get(one.cause_group), empty_hint=_("not named")),
        Fact(_("what the check found"), one.effect_result, long=True),
    ]
    if one.verifier_id:  # a round that was sent back was judged by who sent it back, as its title says
        facts.insert(3, Fact(_("verified by"), person_name(one.verifier_id)))
    return Markup('<details class="fold"><summary>{}</summary><dl class="facts">{}</dl></details>').format(
        title, Markup("").join(facts)
    )
