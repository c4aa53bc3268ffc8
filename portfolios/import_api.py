"""Files for programs: what the import page does, as JSON.

A file is taken in, compared with the ledger, and booked only when it is asked for; the same file
twice adds nothing.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from bson import ObjectId
from django.http import Http404
from ninja import Field, File, Form, Query, Router, Schema
from ninja.errors import HttpError
from ninja.files import UploadedFile

from accounts.api import TokenThrottle
from portfolios import services
from portfolios.api import MOST, READ, WRITE, allow, own_portfolio
from portfolios.domain.imports.mapping import FIELDS, head_row, suggest
from portfolios.domain.imports.tables import MOST_BYTES, FileRefused, too_large
from portfolios.models import ImportBatch, ImportState
from portfolios.services import ImportRefused
from portfolios.tasks import work_on_import

MEGABYTES = MOST_BYTES // 1024 // 1024
TABS = ("new", "known", "refused", "orphans")
NEXT = {
    ImportState.UNMAPPED: "Name the columns with POST …/mapping.",
    ImportState.PLANNED: "Look at the rows, then POST …/commit books what is new.",
    ImportState.COMMITTED: "Nothing: it is booked.",
    ImportState.REFUSED: "Nothing: it was refused, and nothing was booked.",
}

router = Router(tags=["imports"])
files = [TokenThrottle(), TokenThrottle("20/m", scope="token-import")]


class Columns(Schema):
    """Which column of the file holds what."""

    columns: dict[str, str] = Field(description=f"From {', '.join(FIELDS)} to the head of a column")
    holds: Literal["trades", "holdings"]
    at: int = Field(ge=0, description="Index of the row with the heads, from 0")
    sheet: int = Field(0, ge=0)
    save_as: str = Field("", max_length=80, description="Keep it for later files under this name")


class Opening(Schema):
    symbol: str = Field(max_length=30)
    cost: str = Field("", max_length=30, description="Rupees a share; empty: leave the sales out")
    bought: str = Field("", max_length=30, description="Day of purchase; empty: not known")


class Decisions(Schema):
    """What is decided about a file; what is left out stays as it was."""

    plan: str | None = Field(None, max_length=30, description="A broker's plan to fill charges by")
    opened_on: str | None = Field(None, max_length=30, description="Since when holdings count")
    names: dict[str, str] = Field({}, description="From a name of the file to a symbol")
    openings: list[Opening] = Field([], description="Shares that sales without buys lack")


@router.post(
    "/{pk}/imports",
    summary=f"Send a file of up to {MEGABYTES} MB; nothing is booked by it",
    throttle=files,
)
def send(request, pk: str, file: File[UploadedFile], password: Form[str] = ""):
    """A broker's or depository's export, a consolidated statement (with its password), or any
    CSV or XLSX, of up to 50,000 rows. A large one is read in the background: ask until `state`
    changes. It is kept for a week, or until it is booked; of those not booked the latest ten."""
    allow(request, WRITE)
    own = own_portfolio(request, pk)
    try:
        if (file.size or 0) > MOST_BYTES:
            raise too_large()
        batch = services.stage_import(
            portfolio=own, name=file.name or "file", data=file.read(), password=password
        )
    except FileRefused as refused:
        raise HttpError(422, str(refused)) from refused
    return _gone_on(batch)


@router.get("/{pk}/imports", summary="Your files of the last week")
def batches(request, pk: str):
    allow(request, READ)
    rows = ImportBatch.objects.filter(portfolio_id=own_portfolio(request, pk).pk)
    return {"items": [_batch(row) for row in rows.defer("file", "plan")[:20]]}


@router.get("/{pk}/imports/{batch}", summary="Where a file stands, and what it would do")
def look(
    request,
    pk: str,
    batch: str,
    show: Annotated[Literal["new", "known", "refused", "orphans"], Query()] = "new",
    page: Annotated[int, Query(ge=1)] = 1,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
):
    """`new` rows would be booked, `known` ones are in the ledger, `refused` ones have a reason,
    `orphans` are sales without buys."""
    allow(request, READ)
    found = _own(request, pk, batch)
    if found.state == ImportState.UNMAPPED:
        return _batch(found) | {"to_map": _to_map(found)}
    if found.state != ImportState.PLANNED:
        return _batch(found)
    plan, start = services.plan_of(found), (page - 1) * limit
    return _batch(found) | {
        "items": plan[show][start : start + limit],
        "page": page,
        "next": page + 1 if len(plan[show]) > start + limit else None,
        "unknown_names": dict(plan["unknown"]),
        "notes": plan["notes"],
    }


@router.post("/{pk}/imports/{batch}/mapping", summary="Name the columns of a file")
def mapping(request, pk: str, batch: str, body: Columns):
    return _changed(request, pk, batch, services.map_columns, **body.dict())


@router.post("/{pk}/imports/{batch}/choices", summary="Decide what a file leaves open")
def choices(request, pk: str, batch: str, body: Decisions):
    return _changed(
        request,
        pk,
        batch,
        services.choose,
        plan=body.plan,
        opened_on=body.opened_on,
        names=list(body.names.items()),
        openings=[(each.symbol.upper(), each.cost, each.bought) for each in body.openings],
    )


@router.post("/{pk}/imports/{batch}/commit", summary="Book what is new; asked twice, once")
def commit(request, pk: str, batch: str):
    return _changed(request, pk, batch, services.commit_import)


@router.delete("/{pk}/imports/{batch}", summary="Forget a file; what was booked of it stays")
def forget(request, pk: str, batch: str):
    allow(request, WRITE)
    if not services.forget_import(batch=_own(request, pk, batch)):
        raise HttpError(409, "The file is being booked. It was not forgotten.")
    return {"forgotten": batch}


def _changed(request, pk, batch, service, **fields):
    allow(request, WRITE)
    found = _own(request, pk, batch)
    if service is services.commit_import and found.state == ImportState.COMMITTED:
        return _batch(found)
    try:
        return _gone_on(service(batch=found, **fields))
    except ImportRefused as refused:
        raise HttpError(409, f"{refused} Nothing was booked.") from refused


def _gone_on(batch) -> dict[str, Any]:
    """Work on a small file at once, on a large one in the background."""
    if services.is_long(batch):
        work_on_import.delay(str(batch.pk))
    else:
        services.work_on(batch)
    return _batch(batch)


def _own(request, pk, batch) -> ImportBatch:
    own = own_portfolio(request, pk)
    found = ObjectId.is_valid(batch) and ImportBatch.objects.filter(
        investor=request.auth.user, portfolio_id=own.pk, pk=batch
    )
    row = found.first() if found else None
    if row is None:
        raise Http404("The portfolio has no such file: it was forgotten, or never sent.")
    return row


def _batch(row) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "name": row.name,
        "label": row.label,
        "state": row.state,
        "words": row.words,
        "rows": row.rows,
        "counts": {tab: row.counts.get(tab, 0) for tab in TABS},
        "booked": row.added,
        "next_step": NEXT.get(row.state, "Wait: it is being worked on."),
        "expires_at": row.expires_at,
    }


def _to_map(batch) -> dict[str, Any]:
    """The heads that were found, and what they look like."""
    sheets = services.sheets_of(batch)
    rows = sheets[0].rows
    at = head_row(rows)
    heads = [head for head in rows[at] if head]
    return {"sheets": [each.name for each in sheets], "at": at, "heads": heads,
            "suggested": suggest(heads)}  # fmt: skip
