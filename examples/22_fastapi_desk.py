"""Serve a desk by HTTP: FastAPI on an event loop, PostgreSQL behind it, refusals as problem+json.

    python examples/22_fastapi_desk.py postgresql+asyncpg://user:password@host/database

opens a ticket, is refused, sends twice and loses a race, all by HTTP. To serve it:
DESK_URL=postgresql+asyncpg://... uvicorn --factory --app-dir examples 22_fastapi_desk:service
"""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

import attrs
import httpx
from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.responses import JSONResponse

from itsm_core.adapters.async_sqlalchemy import AsyncSqlAlchemyStore
from itsm_core.adapters.clocks import SystemClock
from itsm_core.adapters.codec import decode_command, encode_command
from itsm_core.calendars import ALWAYS
from itsm_core.commands import Actor, AssignTicket, Command, OpenTicket, ResolveTicket, StartWork
from itsm_core.desk import AsyncServiceDesk
from itsm_core.errors import (
    CodecError,
    CommandRefused,
    Conflict,
    InvalidValue,
    ItsmError,
    KeyReused,
    NotFound,
    StoreUnavailable,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.lifecycle import Ticket
from itsm_core.priority import ITIL_MATRIX, PriorityMatrix
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget

# --- what is promised: a policy file gives you the same ------------------------------------------

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


# --- errors: each once, for all routes -----------------------------------------------------------

STATUS: dict[type[ItsmError], HTTPStatus] = {
    CommandRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    CodecError: HTTPStatus.BAD_REQUEST,
    InvalidValue: HTTPStatus.BAD_REQUEST,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


async def problem(request: Request, error: Exception) -> JSONResponse:
    """Answer with RFC 9457: what is wrong, and of a refusal every reason."""
    status = next(
        (status for kind, status in STATUS.items() if isinstance(error, kind)),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    if isinstance(error, Conflict) and "if-match" in request.headers:
        status = HTTPStatus.PRECONDITION_FAILED
    code = error.code if isinstance(error, ItsmError) else "internal"
    content: dict[str, object] = {
        "type": f"urn:itsm-core:{code}",
        "title": status.phrase,
        "status": int(status),
        "detail": str(error),
    }
    headers: dict[str, str] = {}
    if isinstance(error, CommandRefused):
        content["reasons"] = [attrs.asdict(reason) for reason in error.reasons]
    if isinstance(error, StoreUnavailable):
        content["detail"] = "the desk cannot answer now"  # the rest is for the log, not for callers
        headers["Retry-After"] = "5"
    return JSONResponse(content, status, headers=headers, media_type="application/problem+json")


# --- who asks ------------------------------------------------------------------------------------


def actor(x_person: Annotated[str, Header()], x_roles: Annotated[str, Header()] = "") -> Actor:
    """Return who sends the request: put your authentication here, headers are anybody's to set."""
    return Actor(person_id=PersonId(x_person), roles=[one for one in x_roles.split(",") if one])


def seen_version(if_match: Annotated[str | None, Header()] = None) -> int | None:
    """Return the version that the caller has seen: an ETag is a version in quotes."""
    if if_match is None or if_match == "*":
        return None
    text = if_match.strip('"')
    if not (text.isascii() and text.isdigit()):
        raise InvalidValue("If-Match names no version", if_match, 'send the ETag, such as "3"')
    return int(text)


Sender = Annotated[Actor, Depends(actor)]
Seen = Annotated[int | None, Depends(seen_version)]
Key = Annotated[str | None, Header(alias="Idempotency-Key")]


# --- the service ---------------------------------------------------------------------------------


def shown(ticket: Ticket) -> dict[str, object]:
    """Return what callers see of a ticket."""
    return {
        "ticket_id": ticket.ticket_id,
        "state": ticket.state,
        "priority": ticket.priority,
        "group": ticket.group,
        "assignee": ticket.assignee,
        "version": ticket.version,
    }


def service(url: str | None = None) -> FastAPI:
    """Return the application; its store is opened on the loop that serves it."""
    opened: list[AsyncServiceDesk] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        store = await AsyncSqlAlchemyStore.open(url or os.environ["DESK_URL"])
        async with store:
            opened.append(AsyncServiceDesk(store=store, catalogue=Promises(), clock=SystemClock()))
            yield

    app = FastAPI(title="desk", lifespan=lifespan)
    app.add_exception_handler(ItsmError, problem)

    @app.post("/tickets/{ticket_id}/commands")
    async def command(
        ticket_id: str,
        request: Request,
        response: Response,
        *,
        sender: Sender,
        seen: Seen,
        key: Key = None,
    ) -> dict[str, object]:
        """Carry out a command; with an Idempotency-Key once, with If-Match on what was seen."""
        wanted = decode_command(await request.body())
        if wanted.ticket_id != ticket_id:
            raise InvalidValue("the command is about another ticket", wanted.ticket_id, ticket_id)
        handled = await opened[0].handle(wanted, sender, key, expected_version=seen)
        response.headers["ETag"] = f'"{handled.ticket.version}"'
        events = [type(event).__name__ for event in handled.events]
        return {**shown(handled.ticket), "events": events, "repeated": handled.repeated}

    @app.get("/tickets/{ticket_id}", response_model=None)
    async def ticket(
        ticket_id: str, if_none_match: Annotated[str | None, Header()] = None
    ) -> Response:
        """Return a ticket, or 304 if the caller has it already."""
        found = await opened[0].ticket(ticket_id)
        etag = {"ETag": f'"{found.version}"'}
        if if_none_match == etag["ETag"]:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=etag)
        return JSONResponse(shown(found), headers=etag)

    @app.get("/tickets/{ticket_id}/clocks")
    async def clocks(ticket_id: str) -> dict[str, dict[str, str | None]]:
        """Return what was promised, as it stands now."""
        evaluation = await opened[0].evaluate(ticket_id)
        return {
            clock.metric: {
                "state": clock.state.value,
                "due_at": clock.due_at.isoformat() if clock.due_at else None,
            }
            for clock in evaluation.clocks
        }

    return app


# --- a caller ------------------------------------------------------------------------------------

ANN = {"X-Person": "ann", "X-Roles": "analyst"}


async def call(url: str) -> None:
    """Be a caller who meets everything that can happen."""
    app = service(url)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://desk", headers=ANN) as client,
    ):
        await tell(client, TicketId(f"INC-{uuid.uuid4().hex[:8]}"))


async def tell(client: httpx.AsyncClient, name: TicketId) -> None:
    """Send commands on one ticket and print what comes back."""

    async def send(command: Command, **headers: str) -> httpx.Response:
        given = {header.replace("_", "-"): value for header, value in headers.items()}
        return await client.post(
            f"/tickets/{name}/commands", content=encode_command(command), headers=given
        )

    opening = OpenTicket(ticket_id=name, title="No mail", impact="high", urgency="high")
    opened = await send(opening, Idempotency_Key="k1")
    again = await send(opening, Idempotency_Key="k1")
    print(
        f"opened: {opened.status_code}, {opened.json()['priority']}, ETag {opened.headers['etag']}"
    )
    print(f"sent again: {again.status_code}, repeated: {again.json()['repeated']}")
    print(f"due: {(await client.get(f'/tickets/{name}/clocks')).json()['resolution']['state']}")

    refused = await send(ResolveTicket(ticket_id=name), X_Person="bob", X_Roles="requester")
    print(f"refused: {refused.status_code} {refused.headers['content-type']}")
    for reason in refused.json()["reasons"]:
        print(f"  {reason['code']}: {reason['message']}")

    await send(StartWork(ticket_id=name), If_Match='"1"')
    assign = AssignTicket(ticket_id=name, group=GroupId("first line"))
    late = await send(assign, If_Match='"1"')
    print(f"late: {late.status_code} {late.json()['type']}")
    racing = [
        send(AssignTicket(ticket_id=name, group=GroupId(f"team {number}"))) for number in range(6)
    ]
    outcomes = sorted({answer.status_code for answer in await asyncio.gather(*racing)})
    print(f"six at once: nothing but 200 and 409: {set(outcomes) <= {200, 409}}")

    found = await client.get(f"/tickets/{name}")
    same = await client.get(f"/tickets/{name}", headers={"If-None-Match": found.headers["etag"]})
    unknown = await client.get("/tickets/INC-0")
    broken = await client.post(f"/tickets/{name}/commands", content=b"{")
    print(f"read: {found.status_code}, read again: {same.status_code}")
    print(f"unknown: {unknown.status_code}, broken: {broken.status_code} {broken.json()['detail']}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("say where PostgreSQL is: postgresql+asyncpg://user:password@host/name")
    asyncio.run(call(sys.argv[1]))
