"""Template filters over `finseg.formatting`: ``{% load finseg_format %}``."""

from django import template
from django.utils.html import format_html

from finseg import formatting

register = template.Library()


def _decimals(argument, default):
    return default if argument is None else int(argument)


@register.filter
def rupees(value, decimals=None):
    """₹12,34,567.89"""
    return formatting.rupees(value, _decimals(decimals, 2))


@register.filter
def rupees0(value):
    """₹12,34,568"""
    return formatting.rupees(value, 0)


@register.filter
def signed_rupees(value, decimals=None):
    """+₹5,031"""
    return formatting.signed_rupees(value, _decimals(decimals, 0))


@register.filter
def headline_rupees(value):
    """₹23.51 lakh"""
    return formatting.headline_rupees(value)


@register.filter
def price(value, decimals=None):
    """12,102.00: a price in a column, without the rupee sign"""
    return formatting.number(value, _decimals(decimals, 2))


@register.filter
def exact(value, least=None):
    """2,088.40: with the decimals it has, and at least as many as are asked for"""
    return formatting.exact(value, _decimals(least, 0))


@register.filter
def iso_day(value):
    """1 Jul 2024, of the text 2024-07-01"""
    return formatting.day(value)


@register.filter
def signed(value, decimals=None):
    """+335.00"""
    return formatting.number(value, _decimals(decimals, 2), signed=True)


@register.filter
def percent(value, decimals=None):
    """A fraction as a signed change: +0.95%"""
    return formatting.percent(value, _decimals(decimals, 2))


@register.filter
def points(value, decimals=None):
    return formatting.points(value, _decimals(decimals, 1))


@register.filter
def share(value, decimals=None):
    """A fraction as a part of a whole: 19.6%"""
    return formatting.share(value, _decimals(decimals, 1))


@register.filter
def count(value):
    """1,08,432"""
    return formatting.number(value, 0)


@register.filter
def short_count(value):
    """9.54 L"""
    return formatting.short_count(value)


@register.filter
def direction(value):
    """The class that goes with a change: up, down or flat"""
    return formatting.direction(value)


@register.filter
def age(seconds):
    """12 min"""
    return formatting.age(seconds)


@register.filter
def change(value, decimals=None):
    """A fraction as a coloured change with its arrow; an em dash when unknown."""
    text = formatting.percent(value, _decimals(decimals, 2))
    if text == formatting.MISSING:
        return text
    rounding = 2 + _decimals(decimals, 2)
    way = formatting.direction(value, rounding)
    return format_html('<span class="chg {}">{}</span>', way, text)


@register.filter
def change_rupees(value, decimals=None):
    """Rupees gained or lost as a coloured change with its arrow."""
    text = formatting.signed_rupees(value, _decimals(decimals, 0))
    if text == formatting.MISSING:
        return text
    way = formatting.direction(value, _decimals(decimals, 0))
    return format_html('<span class="chg {}">{}</span>', way, text)


@register.simple_tag
def missing(reason):
    """An em dash that tells its reason to the pointer, the keyboard and the screen reader."""
    return format_html(
        '<button class="missing" type="button" data-reason="{0}" aria-label="No value: {0}">'
        "{1}</button>",
        reason,
        formatting.MISSING,
    )
