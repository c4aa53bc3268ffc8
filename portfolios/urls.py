"""HTTP addresses of portfolios, below /portfolio/."""

from django.urls import path

from portfolios.views import (
    analysis,
    choosing,
    entries,
    imports,
    ledger,
    overview,
    staff,
    standing,
    tax,
)

app_name = "portfolios"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("performance/", analysis.performance, name="performance"),
    path("risk/", analysis.risk, name="risk"),
    path("correlation/", analysis.correlation, name="correlation"),
    path("correlation/alternatives/", analysis.alternatives, name="alternatives"),
    path("tax/", tax.tax, name="tax"),
    path("tax/gains/", tax.gains, name="tax_gains"),
    path("tax/lots/", tax.lots, name="tax_lots"),
    path("tax/<int:year>/schedule-112a.csv", tax.export, name="tax_export"),
    path("transactions/", ledger.transactions, name="transactions"),
    path("changes/", ledger.changes, name="changes"),
    path("actions/", ledger.actions, name="actions"),
    path("trade/", entries.trade, name="trade"),
    path("trade/confirm/", entries.confirm, name="confirm"),
    path("entry/", entries.entry, name="entry"),
    path("entry/<slug:pk>/", standing.entry_page, name="entry_page"),
    path("entry/<slug:pk>/edit/", entries.edit, name="edit"),
    path("entry/<slug:pk>/note/", standing.note, name="note"),
    path("entry/<slug:pk>/delete/", standing.delete, name="delete"),
    path("import/", imports.upload, name="import"),
    path("import/<slug:pk>/", imports.batch, name="import_batch"),
    path("import/mappings/<slug:pk>/forget/", imports.forget_mapping, name="forget_mapping"),
    path("export/<slug:kind>/", imports.export, name="export"),
    path("all/", choosing.listing, name="all"),
    path("all/choose/", choosing.choose, name="choose"),
    path("all/create/", choosing.create, name="create"),
    path("all/close/", choosing.close, name="close"),
    path("all/reopen/", choosing.reopen, name="reopen"),
    path("all/rename/", choosing.rename, name="rename"),
    path("customers/", staff.customers, name="customers"),
    path("customers/periods/", staff.periods, name="periods"),
    path("customers/concentration/", staff.concentration, name="concentration"),
    path("customers/exposure/", staff.exposure, name="exposure"),
    path("customers/exposure.csv", staff.exposure_file, name="exposure_file"),
    path("customers/<int:number>/", staff.customer, name="customer"),
]
