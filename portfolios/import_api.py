"""Files for programs: what the import page does, as JSON.

A file is taken in, compared with the ledger, and booked only when it is asked for; the same file
twice adds nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from bson import ObjectId
from django.http import Http404
from ninja import Body, Field, File, Form, Path, Query, Router, Schema
from ninja.errors import HttpError
from ninja.files import UploadedFile

from accounts.api import TokenThrottle
from portfolios import services
from portfolios.api import MOST, READ, WRITE, PortfolioKey, allow, own_portfolio
from portfolios.domain.charges import broker_plans
from portfolios.domain.imports.mapping import FIELDS, head_row, suggest
from portfolios.domain.imports.tables import MOST_BYTES, FileRefused, too_large
from portfolios.models import ImportBatch, ImportState
from portfolios.services import ImportRefused, PricesInDoubt
from portfolios.tasks import work_on_import

MEGABYTES = MOST_BYTES // 1024 // 1024
Tab = Literal["new", "doubtful", "known", "refused", "orphans", "aside"]
TABS = get_args(Tab)
NEXT = {
    ImportState.UNMAPPED: "Name the columns with POST …/mapping.",
    ImportState.PLANNED: "Look at the rows, then POST …/commit books what is new. Where "
    "`counts.doubtful` is above zero it asks for `confirm_prices`.",
    ImportState.COMMITTED: "Nothing: it is booked. POST …/undo takes it back while it is kept.",
    ImportState.UNDONE: "Nothing: it was taken back. Send the file again to book it.",
    ImportState.REFUSED: "Nothing: it was refused, and nothing was booked.",
}

FileKey = Annotated[str, Path(description="Key of a file, `id` of what sending it answered")]

router = Router(tags=["imports"])
files = [TokenThrottle(), TokenThrottle("20/m", scope="token-import")]


class Columns(Schema):
    """Which column of the file holds what."""

    columns: dict[str, str] = Field(description=f"From {', '.join(FIELDS)} to the head of a column")
    holds: Literal["trades", "holdings"] = Field(
        description="trades: a row is a purchase or sale; holdings: what is held, at its cost"
    )
    at: int = Field(ge=0, description="Index of the row with the heads, from 0")
    sheet: int = Field(0, ge=0, description="Index of the workbook's sheet, from 0")
    save_as: str = Field("", max_length=80, description="Keep it for later files under this name")


class Opening(Schema):
    """Where shares came from that were sold without having been bought."""

    symbol: str = Field(max_length=30, description="NSE symbol of the stock")
    cost: str = Field("", max_length=30, description="Rupees a share; empty: leave the sales out")
    bought: str = Field("", max_length=30, description="Day of purchase; empty: not known")


class Decisions(Schema):
    """What is decided about a file; what is left out stays as it was."""

    plan: str | None = Field(
        None,
        max_length=30,
        description=f"Fill charges in by {', '.join(broker_plans())}; empty: leave them at zero",
    )
    opened_on: str | None = Field(None, max_length=30, description="Since when holdings count")
    names: dict[str, str] = Field({}, description="From a name of the file to a symbol")
    openings: list[Opening] = Field([], description="Shares that sales without buys lack")
    aside: list[int] = Field([], description="Rows, by `row`, that are not to be booked")
    back: list[int] = Field([], description="Rows set aside that are to be booked after all")


class Confirmation(Schema):
    """What is said before a file is booked; the body may be left out."""

    confirm_prices: bool = Field(
        False,
        description="That the prices of the rows that are `doubtful` as the file stands now are "
        "right, each more than a fifth away from the market's of that day; without it a file that "
        "has such rows is not booked",
    )


class Counts(Schema):
    """Rows by what becomes of them."""

    new: int = Field(description="Would be booked, or were")
    doubtful: int = Field(description="Those of the new ones with a price far from the market's")
    known: int = Field(description="Are in the ledger already")
    refused: int = Field(description="Cannot be booked, each with its reason")
    orphans: int = Field(description="Stocks with sales that lack shares")
    aside: int = Field(description="Could be booked, and were set aside by `choices`")


class StagedFile(Schema):
    """A file on its way into the ledger."""

    id: str = Field(description="Its key in the addresses below")
    name: str = Field(description="As it was sent")
    label: str = Field(description="What it was read as, such as Zerodha tradebook")
    state: str = Field(description=", ".join(ImportState.values))
    words: str = Field(description="What happened last, in a sentence; may be empty")
    rows: int = Field(description="That it has")
    counts: Counts
    booked: int = Field(description="Entries that the ledger got of it")
    next_step: str = Field(description="What to do now")
    expires_at: datetime = Field(description="When it is forgotten")


class Refusal(Schema):
    """Any answer from 400 on."""

    error: str = Field(description="What is wrong, and what happened to the data")
    field: str | None = Field(None, description="The field at fault, where there is one")


ANSWERS = {200: StagedFile, 409: Refusal, 422: Refusal}


@router.post(
    "/{pk}/imports",
    summary=f"Send a file of up to {MEGABYTES} MB; nothing is booked by it",
    throttle=files,
    response=ANSWERS,
)
def send(
    request,
    pk: PortfolioKey,
    file: Annotated[UploadedFile, File(description="The file: CSV, TSV, XLSX, PDF or JSON")],
    password: Annotated[str, Form(description="Of a statement's PDF; used once, not kept")] = "",
):
    """A broker's or depository's export, a consolidated statement (with its password), or any
    CSV or XLSX, of up to 50,000 rows. One that cannot be read is answered 422 with the reason. A
    large one is read in the background: ask until `state` changes; `refused` then stands for 422.
    It is kept for a week, or until it is booked; of those not booked the latest ten."""
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
def batches(request, pk: PortfolioKey):
    allow(request, READ)
    rows = ImportBatch.objects.filter(portfolio_id=own_portfolio(request, pk).pk)
    return {"items": [_batch(row) for row in rows.defer("file", "plan")[:20]]}


@router.get("/{pk}/imports/{batch}", summary="Where a file stands, and what it would do")
def look(
    request,
    pk: PortfolioKey,
    batch: FileKey,
    show: Annotated[Tab, Query(description="Which rows")] = "new",
    page: Annotated[int, Query(ge=1, le=1_000_000, description="From 1")] = 1,
    limit: Annotated[int, Query(ge=1, le=MOST, description=f"At most {MOST}")] = 100,
):
    """`new` rows would be booked, `doubtful` ones are those of them with a price far from the
    market's of that day (`doubt` says how far), `known` ones are in the ledger, `refused` ones
    have a reason, `orphans` are sales without buys, `aside` ones were set aside."""
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


@router.post(
    "/{pk}/imports/{batch}/mapping", summary="Name the columns of a file", response=ANSWERS
)
def mapping(request, pk: PortfolioKey, batch: FileKey, body: Columns):
    return _changed(request, pk, batch, services.map_columns, **body.dict())


@router.post(
    "/{pk}/imports/{batch}/choices", summary="Decide what a file leaves open", response=ANSWERS
)
def choices(request, pk: PortfolioKey, batch: FileKey, body: Decisions):
    return _changed(
        request,
        pk,
        batch,
        services.choose,
        plan=body.plan,
        opened_on=body.opened_on,
        names=list(body.names.items()),
        openings=[(each.symbol.upper(), each.cost, each.bought) for each in body.openings],
        aside=body.aside,
        back=body.back,
    )


@router.post(
    "/{pk}/imports/{batch}/commit", summary="Book what is new; asked twice, once", response=ANSWERS
)
def commit(
    request, pk: PortfolioKey, batch: FileKey, body: Annotated[Confirmation | None, Body()] = None
):
    """All of it or nothing. A file with `doubtful` rows is answered 409 until its prices are
    confirmed."""
    sure = body is not None and body.confirm_prices
    return _changed(request, pk, batch, services.commit_import, confirmed=sure)


@router.post(
    "/{pk}/imports/{batch}/undo",
    summary="Take what was booked of a file out of the ledger again",
    response={200: StagedFile, 409: Refusal},
)
def undo(request, pk: PortfolioKey, batch: FileKey):
    """All of it or nothing, while the file is kept; entries changed since go as well, and the
    ledger's trail keeps them. Refused where shares it brought were sold since."""
    allow(request, WRITE)
    found = _own(request, pk, batch)
    try:
        return _batch(services.undo_import(batch=found, by=request.auth.user))
    except ImportRefused as refused:
        raise HttpError(409, str(refused)) from refused


@router.delete("/{pk}/imports/{batch}", summary="Forget a file; what was booked of it stays")
def forget(request, pk: PortfolioKey, batch: FileKey):
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
        words = str(refused)
        if "Nothing was" not in words:
            words = f"{words} Nothing was booked."
        if isinstance(refused, PricesInDoubt):
            words += (
                " Look at them with GET …?show=doubtful; send confirm_prices with true, or set "
            )
            words += "those that are wrong aside with POST …/choices."
        raise HttpError(409, words) from refused


def _gone_on(batch) -> dict[str, Any]:
    """Work on a small file at once, on a large one in the background."""
    if services.is_long(batch):
        work_on_import.delay(str(batch.pk))
    else:
        services.work_on(batch)
    if batch.state == ImportState.REFUSED:
        raise HttpError(422, batch.words)
    if batch.state == ImportState.PLANNED and batch.words:  # it could not be booked after all
        raise HttpError(409, batch.words)
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
