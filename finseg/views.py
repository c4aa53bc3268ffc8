"""Pages that belong to no single app: home, methods, errors, and what makes finseg installable."""

import hashlib
import re
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import get_default_password_validators
from django.contrib.staticfiles import finders
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt

from accounts.models import Role
from finseg.dashboard import investor_facts, staff_facts
from finseg.home import index_strip

METHODS = Path(settings.BASE_DIR) / "docs" / "methods.md"
SHEETS = tuple(
    f"css/{name}.css" for name in ("tokens", "shell", "components", "pages", "controls", "screens")
)
SHOTS = (
    {
        "image": "img/portfolio.png",
        "title": "Portfolio",
        "alt": "Portfolio page: value, returns, holdings and sectors",
        "caption": "Four returns and risk, checked against the same money in NIFTY 50.",
    },
    {
        "image": "img/market.png",
        "title": "Live market",
        "alt": "Live market page: stocks with price, change, volume and day range",
        "caption": "Prices as they tick, and a plain word when one is old.",
    },
    {
        "image": "img/recommendations.png",
        "title": "Recommendations",
        "alt": "Recommendations page: stocks with reasons and projection bands",
        "caption": "Four to five stocks, each with its reasons in numbers.",
    },
)


@require_safe
def home(request):
    """The door for visitors; someone signed in goes straight to the dashboard."""
    if request.user.is_authenticated:
        return redirect("dashboard")
    context = {
        "indices": index_strip(),
        "shots": [shot for shot in SHOTS if finders.find(shot["image"])],
        "password_length": _password_length(),
    }
    return render(request, "home.html", context)


def _password_length():
    for validator in get_default_password_validators():
        if hasattr(validator, "min_length"):
            return validator.min_length
    return 8


@require_safe
def strip(request):
    """The indices alone, for the home page to refresh itself."""
    return render(request, "partials/strip.html", {"indices": index_strip()})


@require_safe
def methods(request):
    """How every figure is computed, from docs/methods.md."""
    return render(request, "methods.html", rendered_methods(METHODS.stat().st_mtime_ns))


@lru_cache(maxsize=1)
def rendered_methods(_version):
    """HTML of docs/methods.md and its second-level headings, each with an address."""
    # Our own file, and HTML inside it stays text: nothing a visitor wrote is rendered.
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(METHODS.read_text(encoding="utf-8"))
    contents = []
    for opening, inside in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        name = re.sub(r"[^a-z0-9]+", "-", inside.content.lower()).strip("-")
        opening.attrSet("id", name)
        if opening.tag == "h2":
            contents.append((name, inside.content))
    return {"text": parser.renderer.render(tokens, parser.options, {}), "contents": contents}


@require_safe
@cache_control(max_age=3600)
def manifest(request):
    """What a phone needs to install finseg."""
    return JsonResponse(
        {
            "name": "finseg",
            "short_name": "finseg",
            "description": "Know what you own, and why it moved",
            "start_url": "/dashboard/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f7f7fa",
            "theme_color": "#3d49b3",
            "lang": "en-IN",
            "icons": [
                {"src": static("img/icon-192.png"), "sizes": "192x192", "type": "image/png"},
                {"src": static("img/icon-512.png"), "sizes": "512x512", "type": "image/png"},
                {"src": static("img/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            ],
        },
        content_type="application/manifest+json",
    )


@require_safe
@cache_control(max_age=86_400)
def favicon(request):
    """Where browsers look for an icon when what they show names none, as a file or JSON."""
    return redirect(static("img/icon-192.png"))


@require_safe
@cache_control(no_cache=True)
def service_worker(request):
    """The worker behind the offline page; served from the root so that it may cover every page."""
    addresses = "".join(static(name) for name in SHEETS)
    context = {
        "offline": reverse("offline"),
        "sheets": SHEETS,
        "plain": settings.STATIC_URL,
        "version": hashlib.sha256(addresses.encode()).hexdigest()[:12],
    }
    return render(request, "service-worker.js", context, content_type="text/javascript")


@require_safe
def offline(request):
    """The page kept on the device for when the network is gone."""
    return render(request, "offline.html")


def csrf_failure(request, reason=""):
    """A form came without its token, mostly from a page left open for very long."""
    return render(request, "403_csrf.html", status=403)


@login_required
@require_safe
def dashboard(request):
    """One sentence on today, its evidence, and a way into each of the five tools."""
    if request.user.role != Role.INVESTOR:
        return render(request, "dashboard_staff.html", staff_facts())
    return render(request, "dashboard.html", investor_facts(request.user, request.session))
