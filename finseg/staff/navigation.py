"""The admin's sidebar by area, and what its Cmd-K search finds."""

from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from unfold.dataclasses import SearchResult

from accounts.audit import record_look
from accounts.permissions import PERSONAL_DATA, may_see_personal_data
from finseg.staff import base
from finseg.staff.customers import CUSTOMER_NUMBER
from market.models import Instrument
from market.queries import search_instruments
from segmentation.models import Customer
from segmentation.queries import published_segments

FOUND_AT_MOST = 8

# Title, then per line: words, icon, address (the admin's own where it names no app), permission
# that opens it, and whether personal data are behind it, which need a permission of their own.
AREAS = (
    (
        "Customers",
        (
            "Customers",
            "groups",
            "segmentation_customer_changelist",
            "segmentation.view_customer",
            True,
        ),
        ("Accounts", "badge", "accounts_user_changelist", "accounts.view_user", True),
        (
            "Consent",
            "verified_user",
            "accounts_consentevent_changelist",
            "accounts.view_consentevent",
            True,
        ),
        ("Risk cases", "rule", "segmentation:cases", PERSONAL_DATA, True),
        ("Quiet customers", "bedtime", "segmentation:quiet", PERSONAL_DATA, True),
        (
            "Campaign lists",
            "campaign",
            "segmentation:campaigns",
            "segmentation.export_campaign",
            True,
        ),
    ),
    (
        "Portfolios",
        (
            "Portfolios",
            "pie_chart",
            "portfolios_portfolio_changelist",
            "portfolios.view_portfolio",
            True,
        ),
        ("Best and worst", "trending_up", "portfolios:periods", "portfolios.view_portfolio", True),
        ("Exposure", "target", "portfolios:exposure", "portfolios.view_portfolio", True),
        ("Concentration", "donut_small", "portfolios:concentration", "portfolios.view_portfolio"),
        (
            "Ledger",
            "receipt_long",
            "portfolios_transaction_changelist",
            "portfolios.view_transaction",
            True,
        ),
        (
            "Recommendations",
            "lightbulb",
            "recommendations_recommendationset_changelist",
            "recommendations.view_recommendationset",
            True,
        ),
        ("SIP plans", "event_repeat", "sip_sipplan_changelist", "sip.view_sipplan", True),
    ),
    (
        "Segmentation",
        (
            "Segments",
            "bubble_chart",
            "segmentation_segment_changelist",
            "segmentation.view_segment",
        ),
        (
            "Runs",
            "model_training",
            "segmentation_segmentationrun_changelist",
            "segmentation.view_segmentationrun",
        ),
        ("Explorer", "travel_explore", "segmentation:explorer", "segmentation.view_segment"),
        ("Where effort pays", "sort", "segmentation:ranking", "segmentation.view_segment"),
    ),
    (
        "Market",
        (
            "Instruments",
            "candlestick_chart",
            "market_instrument_changelist",
            "market.view_instrument",
        ),
        ("Data health", "monitor_heart", "market_priceload_health", "market.view_priceload"),
        ("Price files", "upload_file", "market_priceload_changelist", "market.view_priceload"),
    ),
    (
        "Operations",
        ("Jobs", "schedule", "finseg_jobrun_changelist", "finseg.view_jobrun"),
        ("Audit trail", "history", "auditlog_logentry_changelist", "auditlog.view_logentry"),
        (
            "Failed sign-ins",
            "gpp_bad",
            "axes_accessattempt_changelist",
            "axes.view_accessattempt",
            True,
        ),
        ("Groups", "shield_person", "auth_group_changelist", "auth.view_group"),
    ),
)


def sidebar(request):
    """Areas with the lines a member of staff may open; an empty area is left out."""
    here = request.path
    may_see = may_see_personal_data(request.user)
    areas = [{"items": [_line("Overview", "space_dashboard", reverse("admin:index"), here)]}]
    for title, *lines in AREAS:
        allowed = [
            _line(words, icon, reverse(address if ":" in address else f"admin:{address}"), here)
            for words, icon, address, permission, *personal in lines
            if request.user.has_perm(permission) and (may_see or not personal)
        ]
        if allowed:
            areas.append({"title": title, "separator": True, "items": allowed})
    return areas


def _line(words, icon, link, here):
    inside = here.startswith(link) and link != reverse("admin:index")
    # "Price files" must not light up on the health page, which lives below its address.
    inside = inside and not here.removeprefix(link).startswith("health/")
    return {"title": words, "icon": icon, "link": link, "active": here == link or inside}


def search(request, term):
    """Customers by number or e-mail address and instruments by any of their names.

    Returns
    -------
    list of SearchResult
    """
    found = []
    if request.user.has_perm("segmentation.view_customer") and may_see_personal_data(request.user):
        customers, segments = list(_customers(term)), published_segments()
        _record(request.user, customers)
        found += [_customer(row, segments) for row in customers]
    if request.user.has_perm("market.view_instrument"):
        facts = search_instruments(term, limit=FOUND_AT_MOST)
        rows = Instrument.objects.in_bulk([each.symbol for each in facts], field_name="symbol")
        found += [_instrument(rows[each.symbol]) for each in facts if each.symbol in rows]
    return found


def _customers(term):
    if number := CUSTOMER_NUMBER.fullmatch(term):
        return Customer.objects.filter(number=int(number[1]))
    return Customer.objects.filter(email__gte=term, email__lt=term + "\uffff").order_by("email")[
        :FOUND_AT_MOST
    ]


def _record(user, customers):
    if customers:
        record_look(
            actor=user,
            about=ContentType.objects.get_for_model(Customer),
            note=f"Found by search: {', '.join(map(str, customers))}",
            numbers=[each.number for each in customers],
            what="Your number and segment, found by a search",
            title="search",
        )


def _customer(row, segments):
    view = segments.get(row.segment_key)
    words = f"Customer, {view.name}" if view else "Customer"
    return SearchResult(title=str(row), description=words, link=base.change_url(row), icon="person")


def _instrument(row):
    return SearchResult(
        title=row.symbol,
        description=f"{row.name} {row.sector}".strip(),
        link=base.change_url(row),
        icon="candlestick_chart",
    )
