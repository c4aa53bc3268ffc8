"""Take a file into the ledger: upload, name its columns, look at the dry run, book it."""

from bson import ObjectId
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import investor_required, rate_limited
from market.queries import instruments
from portfolios import services
from portfolios.domain.charges import broker_plans
from portfolios.domain.imports.ledger_file import table_of
from portfolios.domain.imports.mapping import FIELDS, head_row, suggest
from portfolios.domain.imports.tables import MOST_BYTES, FileRefused, too_large
from portfolios.domain.imports.writing import KINDS, write_table
from portfolios.ledgers import ledger_lines
from portfolios.models import ImportBatch, ImportMapping, ImportState
from portfolios.queries import chosen_portfolio, latest_trade_date
from portfolios.services import ImportRefused
from portfolios.tasks import work_on_import
from portfolios.views.choosing import portfolio_to_write

PAGE = 100
SHOWN_ROWS = 8
MOST_NAMES = 200
TABS = {
    "new": "New",
    "doubtful": "Price in doubt",
    "known": "Already there",
    "refused": "Refused",
    "orphans": "Sells without buys",
    "aside": "Set aside",
}
MEGABYTES = MOST_BYTES // 1024 // 1024


@investor_required
@rate_limited("import", limit=20)
@require_http_methods(["GET", "POST"])
def upload(request):
    """Choose a file; nothing is booked by it."""
    if request.method == "GET":
        return _upload_page(request)
    file = request.FILES.get("file")
    try:
        if file is None:
            raise ImportRefused("Choose a file first.")
        if file.size > MOST_BYTES:
            raise too_large()
        portfolio = portfolio_to_write(request)
        batch = services.stage_import(
            portfolio=portfolio,
            name=file.name,
            data=file.read(),
            password=request.POST.get("password", ""),
        )
    except (ImportRefused, FileRefused) as refused:
        return _upload_page(request, error=str(refused), status=422)
    return _go_on(batch)


def _upload_page(request, *, error="", status=200):
    context = {
        "error": error,
        "megabytes": MEGABYTES,
        "batches": ImportBatch.objects.filter(investor=request.user).defer("file", "plan")[:20],
        "mappings": ImportMapping.objects.filter(investor=request.user),
        "portfolio": chosen_portfolio(request.user, request.session),
        "tab": "import",
    }
    return render(request, "portfolios/import/upload.html", context, status=status)


@investor_required
@never_cache
@rate_limited("import-step", limit=60)
@require_http_methods(["GET", "POST"])
def batch(request, pk):
    """One file wherever it stands: being read, to be mapped, to be looked at, or done."""
    found = _own(ImportBatch, request.user, pk)
    if request.method == "POST":
        return _step(request, found)
    return _batch_page(request, found)


def _batch_page(request, batch, *, error="", status=200):
    context = {"batch": batch, "error": error, "tab": "import"}
    if batch.is_working:
        context["is_stuck"] = (timezone.now() - batch.changed_at).total_seconds() > 120
        return render(request, "portfolios/import/working.html", context, status=status)
    if batch.state == ImportState.UNMAPPED:
        context |= _map_facts(request, batch)
        return render(request, "portfolios/import/map.html", context, status=status)
    if batch.state == ImportState.PLANNED:
        context |= _plan_facts(request, batch)
        return render(request, "portfolios/import/plan.html", context, status=status)
    return render(request, "portfolios/import/done.html", context, status=status)


def _step(request, batch):
    """Carry out what was pressed, and go on to where the file stands then."""
    do = request.POST.get("do", "")
    try:
        if do == "forget":
            if not services.forget_import(batch=batch):
                raise ImportRefused("The file is being booked. It was not forgotten.")
            messages.success(request, f"{batch.name} was forgotten. The ledger is as it was.")
            return redirect("portfolios:import")
        if do == "map":
            services.map_columns(batch=batch, **_mapping_typed(request.POST))
        elif do == "choose":
            services.choose(batch=batch, **_choices_typed(request.POST))
        elif do in ("aside", "back"):
            services.choose(batch=batch, **{do: _rows_ticked(request.POST, batch)})
        elif do == "commit":
            seen = request.POST.get("confirm")
            services.commit_import(batch=batch, confirmed=seen is not None, seen=seen)
        elif do == "undo":
            services.undo_import(batch=batch, by=request.user)
            messages.success(request, f"{batch.name}: {batch.words}")
            return redirect("portfolios:import_batch", pk=batch.pk)
        elif do != "again" or not batch.is_working:
            raise ImportRefused("The page was out of date. Nothing was changed.")
    except ImportRefused as refused:
        batch.refresh_from_db()
        return _batch_page(request, batch, error=str(refused), status=422)
    return _go_on(batch)


def _go_on(batch):
    """Work on a small file at once, on a large one in the background, and show it."""
    if services.is_long(batch):
        work_on_import.delay(str(batch.pk))
    else:
        services.work_on(batch)
    return redirect("portfolios:import_batch", pk=batch.pk)


def _map_facts(request, batch):
    sheets = services.sheets_of(batch)
    sheet = _number(request.GET.get("sheet"), len(sheets) - 1)
    rows = sheets[sheet].rows
    at = _number(request.GET.get("at"), len(rows) - 1, head_row(rows))
    heads = [head for head in rows[at] if head]
    guess = suggest(heads)
    return {
        "sheets": list(enumerate(each.name or "Table" for each in sheets)),
        "sheet": sheet,
        "at": at,
        "heads": heads,
        "fields": [(name, label, guess.get(name, "")) for name, label in FIELDS.items()],
        "sample": [(i, rows[i][:12]) for i in range(at, min(at + SHOWN_ROWS, len(rows)))],
        "first_rows": [(i, ", ".join(c for c in row if c)[:80]) for i, row in enumerate(rows[:40])],
    }


def _mapping_typed(data):
    return {
        "columns": {name: data[name] for name in FIELDS if data.get(name)},
        "holds": data.get("holds", ""),
        "at": _number(data.get("at"), 10**6, -1),
        "sheet": _number(data.get("sheet"), 10**6, -1),
        "save_as": data.get("save_as", "").strip()[:80],
    }


def _plan_facts(request, batch):
    plan = services.plan_of(batch)
    shown = request.GET.get("show")
    if shown not in TABS:
        shown = next((name for name in TABS if plan[name]), "new")
    chosen = dict(batch.choices.get("names", ()))
    taken = dict(plan["named"]) | chosen
    unknown = [(label, count, "") for label, count in plan["unknown"]]
    names = [*unknown, *((label, 0, symbol) for label, symbol in taken.items())]
    return {
        "plan": plan,
        "tabs": [(name, label, len(plan[name])) for name, label in TABS.items()],
        "shown": shown,
        "can_tick": shown in ("new", "doubtful", "aside"),
        "page": Paginator(plan[shown], PAGE).get_page(request.GET.get("page")),
        "names": names[:MOST_NAMES],
        "more_names": max(0, len(names) - MOST_NAMES),
        "stocks": [(facts.symbol, facts.name) for facts in instruments()] if names else (),
        "plans": broker_plans().values(),
        "choices": batch.choices,
        "latest": latest_trade_date(),
        "doubts_seen": services.doubts_seen(batch),
        "has_trades": any(row["kind"] in ("buy", "sell") for row in plan["new"]),
        "has_holdings": any(row["kind"] == "transfer_in" and row["row"] for row in plan["new"]),
    }


def _choices_typed(data):
    each = zip(data.getlist("orphan"), data.getlist("cost"), data.getlist("bought"), strict=False)
    return {
        "plan": data.get("plan"),
        "opened_on": data.get("opened_on"),
        "names": list(zip(data.getlist("label"), data.getlist("symbol"), strict=False)),
        "openings": list(each),
    }


def _rows_ticked(data, batch):
    """Numbers of the rows that were ticked, or of all with a price in doubt."""
    if data.get("all"):
        doubtful = services.plan_of(batch).get("doubtful", ())
        if not doubtful:
            raise ImportRefused("The page was out of date. Nothing was changed.")
        return [row["row"] for row in doubtful]
    rows = [_number(text, 10**6, -1) for text in data.getlist("row")]
    if not rows:
        raise ImportRefused("Tick the rows first. Nothing was changed.")
    if min(rows) < 1:
        raise ImportRefused("What was ticked is no row of the file. Nothing was changed.")
    return rows


@investor_required
@require_POST
def forget_mapping(request, pk):
    """Delete a saved mapping."""
    mapping = _own(ImportMapping, request.user, pk)
    services.forget_mapping(mapping=mapping)
    messages.success(request, f"“{mapping.name}” was forgotten. What was imported by it stays.")
    return redirect("portfolios:import")


@investor_required
@never_cache
@require_GET
def export(request, kind):
    """The whole ledger as a file that can be imported again."""
    if kind not in KINDS:
        raise Http404("A ledger is exported as CSV, XLSX or JSON.")
    portfolio = chosen_portfolio(request.user, request.session)
    lines = ledger_lines(portfolio) if portfolio else []
    rows = table_of(lines, portfolio.dismissed if portfolio else ())
    name = f"finseg-ledger-C-{request.user.number}-{timezone.localdate():%Y-%m-%d}.{kind}"
    return HttpResponse(
        write_table(rows, kind),
        content_type=KINDS[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _own(model, user, pk):
    """The user's own; one of somebody else is not found, as if it did not exist."""
    if not ObjectId.is_valid(pk):
        raise Http404("No such import.")
    return get_object_or_404(model, pk=pk, investor=user)


def _number(text, most, default=0):
    """A whole number from 0 to `most`; anything else is the default."""
    if not text or len(text) > 7 or not (text.isascii() and text.isdecimal()):
        return default
    return int(text) if int(text) <= most else default
