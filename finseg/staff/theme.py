"""Colours of the admin: a stylesheet of our own in place of Unfold's inline <style>."""

from django.templatetags.static import static


def stylesheet(request):
    return static("admin_finseg/staff.css")


def icon(request):
    return static("img/icon.svg")


def without_inline_colours(request):
    """Keep Unfold from writing its palette into the page, which the content policy forbids."""
    return {"colors": None}
