"""Cells of heat maps are what a template would write."""

import math
from datetime import date

from django.template import Context, Template

from portfolios.domain.pictures import Cell


def test_cells_of_a_matrix_hold_their_figures():
    page = Template("{% load finseg_cells %}{{ cells|matrix_cells }}").render(
        Context({"cells": ((1.0, "self"), (-0.125, "s1"), (math.nan, ""))})
    )
    assert page == (
        '<td class="self">·</td><td class="s1">−0.13</td><td class="">—</td>'
    )  # half away from zero


def test_days_say_what_they_are():
    cells = (
        Cell(date(2025, 1, 6), math.nan, "void"),
        Cell(date(2025, 1, 7), 0.0123, "p3"),
        Cell(date(2025, 1, 8), math.nan, "hol"),
    )
    page = Template("{% load finseg_cells %}{{ cells|heat_cells }}").render(
        Context({"cells": cells})
    )
    assert page == (
        '<i class="hc void"></i>'
        '<i class="hc p3" title="7 Jan 2025: +1.23%"></i>'
        '<i class="hc hol" title="8 Jan 2025: no session"></i>'
    )
