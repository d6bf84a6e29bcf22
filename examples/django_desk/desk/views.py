"""Two pages: a ticket, and commands on it."""

from __future__ import annotations

from datetime import timedelta

import attrs
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from itsm_core.adapters.clocks import SystemClock
from itsm_core.adapters.codec import decode_command
from itsm_core.calendars import ALWAYS
from itsm_core.commands import Actor
from itsm_core.desk import ServiceDesk
from itsm_core.errors import CommandRefused, Conflict, ItsmError, NotFound
from itsm_core.ids import AgreementId, PersonId
from itsm_core.lifecycle import Ticket
from itsm_core.priority import ITIL_MATRIX, PriorityMatrix
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget

from .store import DjangoStore

GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=(ServiceLevelTarget(metric="resolution", goals={"P1": timedelta(hours=4)}),),
)


@attrs.frozen
class Promises:
    """The smallest catalogue: everybody has the gold agreement."""

    lifecycle: str = "incident"
    matrix: PriorityMatrix = ITIL_MATRIX

    def agreement_for(self, _ticket: Ticket, /) -> ServiceLevelAgreement | None:
        """Return what a ticket was promised."""
        return GOLD


DESK = ServiceDesk(store=DjangoStore(), catalogue=Promises(), clock=SystemClock())
"""One for all threads: it keeps nothing between two calls."""


def actor_of(request: HttpRequest) -> Actor:
    """Return who asks: put `request.user` and its groups here, headers are anybody's to set."""
    roles = request.headers.get("X-Roles", "").split(",")
    return Actor(
        person_id=PersonId(request.headers.get("X-Person", "")), roles=[one for one in roles if one]
    )


def refusal(error: ItsmError) -> JsonResponse:
    """Answer with RFC 9457: what is wrong, and of a refusal every reason."""
    kinds = {CommandRefused: 422, NotFound: 404, Conflict: 409}
    status = next((code for kind, code in kinds.items() if isinstance(error, kind)), 400)
    reasons = error.reasons if isinstance(error, CommandRefused) else ()
    content = {
        "type": f"urn:itsm-core:{error.code}",
        "status": status,
        "detail": str(error),
        "reasons": [attrs.asdict(reason) for reason in reasons],
    }
    return JsonResponse(content, status=status, content_type="application/problem+json")


@csrf_exempt
@require_POST
def command(request: HttpRequest, ticket_id: str) -> JsonResponse:
    """Carry out a command; with an Idempotency-Key once."""
    try:
        wanted = decode_command(request.body)
        if wanted.ticket_id != ticket_id:
            raise NotFound("command for ticket", ticket_id, f"send it to {wanted.ticket_id}")
        handled = DESK.handle(wanted, actor_of(request), request.headers.get("Idempotency-Key"))
    except ItsmError as error:
        return refusal(error)
    shown = {"state": handled.ticket.state, "repeated": handled.repeated}
    return JsonResponse(shown, headers={"ETag": f'"{handled.ticket.version}"'})


@require_GET
def ticket(request: HttpRequest, ticket_id: str) -> JsonResponse:
    """Show a ticket and what was promised."""
    del request
    try:
        found, evaluation = DESK.ticket(ticket_id), DESK.evaluate(ticket_id)
    except ItsmError as error:
        return refusal(error)
    due_at = evaluation["resolution"].due_at
    shown = {
        "state": found.state,
        "priority": found.priority,
        "due_at": due_at.isoformat() if due_at else None,
    }
    return JsonResponse(shown, headers={"ETag": f'"{found.version}"'})
