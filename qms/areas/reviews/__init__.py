"""Management reviews: inputs from the areas and by hand, the meeting, its minutes and its actions."""

from __future__ import annotations

from qms.areas.reviews import rules, service, service_hooks
from qms.areas.reviews.models import Review, ReviewAttendant, ReviewInput, ReviewOutput, ReviewPack
from qms.kernel.area import Area, DocumentKind, Navigation
from qms.kernel.permissions import Actor
from qms.kernel.text import _


def _blueprint() -> object:
    from qms.areas.reviews import views

    return views.blueprint()


def _minutes(actor: Actor, code: str, locale: str) -> tuple[str, bytes]:
    from qms.areas.reviews import views_minutes

    return views_minutes.make(actor, code, locale)


AREA = Area(
    name="reviews",
    title=_("Management reviews"),
    clause="9.3",
    kinds=(Review,),
    tables=(ReviewInput, ReviewAttendant, ReviewOutput, ReviewPack),
    view=rules.VIEW,
    permissions=rules.PERMISSIONS,
    navigation=(Navigation(_("Reviews"), "reviews", rules.VIEW),),
    blueprint=_blueprint,
    documents=(DocumentKind(rules.MINUTES, _("Minutes (.docx)"), rules.VIEW, _minutes),),
    duties=service_hooks.duties,
    review_inputs=service_hooks.review_inputs,
    work=service_hooks.work,
    may_serve=service.may_serve,
    action_obstacles=service.action_obstacles,
    found_through="review",
)
