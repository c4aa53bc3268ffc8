"""Cells of heat maps, written in one go: ``{% load finseg_cells %}``.

A template's loop takes thirty times as long over the nine hundred cells of a matrix. What is
written here are numbers, dates and shades of our own making, which need no escaping.
"""

from django import template
from django.utils.formats import date_format
from django.utils.safestring import mark_safe

from finseg import formatting

register = template.Library()


@register.filter
def matrix_cells(cells):
    """Cells of a row of the correlation matrix: pairs of value and shade."""
    return mark_safe(
        "".join(
            f'<td class="{shade}">{"·" if shade == "self" else formatting.number(value)}</td>'
            for value, shade in cells
        )
    )


@register.filter
def heat_cells(cells):
    """Days of the calendar of returns, each with what it stands for."""
    return mark_safe("".join(map(_day, cells)))


def _day(cell):
    if cell.shade == "void":
        return '<i class="hc void"></i>'
    said = "no session" if cell.shade == "hol" else formatting.percent(cell.value)
    return f'<i class="hc {cell.shade}" title="{date_format(cell.day, "j M Y")}: {said}"></i>'
