"""Two runs side by side: sizes, profiles, quality, and who went where."""

from dataclasses import dataclass

from django import forms
from django.contrib.admin import site
from django.shortcuts import render
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.permissions import may_see_personal_data, require
from finseg import formatting
from finseg.staff import base
from finseg.staff.traits import in_unit
from segmentation.domain.cube import SMALLEST_SHOWN
from segmentation.domain.features import main_features
from segmentation.domain.naming import NOTABLE
from segmentation.domain.overview import may_show
from segmentation.judgement import gates_of
from segmentation.models import RunStatus, SegmentationRun
from segmentation.queries import flows_between, published_run, segments_of

TEMPLATE = "admin/segmentation/segmentationrun/compare.html"


@dataclass(frozen=True)
class Pair:
    """A segment in both runs; None in the run that does not have it.

    `hidden` where it is so small in one of them that its figures would be single customers'.
    """

    key: str
    before: object
    after: object
    hidden: bool = False


class RunsForm(forms.Form):
    """Which two runs: those that were finished."""

    a = forms.ChoiceField(label="From", required=False, widget=UnfoldAdminSelectWidget)
    b = forms.ChoiceField(label="To", required=False, widget=UnfoldAdminSelectWidget)

    def __init__(self, data, *, runs, published):
        super().__init__(data)
        choices = [(str(run.number), _choice(run, published)) for run in runs]
        self.fields["a"].choices = self.fields["b"].choices = choices


def _choice(run, published):
    state = ", published" if published and run.pk == published.pk else ""
    return f"{run}: {base.when(run.finished_at)}, {run.k} segments{state}"


def compare_view(request):
    """The page: both runs are chosen in the address, else the newest against the published one."""
    require(request.user, "segmentation.view_segmentationrun")
    ready = SegmentationRun.objects.filter(status=RunStatus.READY).defer("model", "picture")
    runs, published = list(ready), published_run()
    former, later = _default(runs, published)
    asked = {"a": former and str(former.number), "b": later and str(later.number)}
    form = RunsForm({**asked, **request.GET.dict()}, runs=runs, published=published)
    context = {
        **site.each_context(request),
        "title": "Compare two runs",
        "form": form,
        "runs": runs,
        "wrong": not form.is_valid(),
    }
    if not context["wrong"] and len(runs) > 1:
        by_number = {str(run.number): run for run in runs}
        pair = by_number[form.cleaned_data["a"]], by_number[form.cleaned_data["b"]]
        context |= compared(*pair, published, everything=may_see_personal_data(request.user))
    return render(request, TEMPLATE, context)


def _default(runs, published):
    """The published run and the newest other one; the two newest where none is published."""
    newest = runs[0] if runs else None
    if published is None or published.pk not in [run.pk for run in runs]:
        return (runs[1] if len(runs) > 1 else newest), newest
    others = [run for run in runs if run.pk != published.pk]
    return (published, others[0]) if others else (published, published)


def compared(former, later, published, *, everything) -> dict:
    """Context of the comparison of two finished runs; small groups only for who may see all."""
    before = {each.key: each for each in segments_of(former)}
    after = {each.key: each for each in segments_of(later)}
    keys = [*after, *(key for key in before if key not in after)]
    pairs = [
        Pair(key, one := before.get(key), two := after.get(key), not everything and _few(one, two))
        for key in keys
    ]
    flows = flows_between(former, later)
    return {
        "former": former,
        "later": later,
        "same": former.pk == later.pk,
        "figures": figures(former, later, flows),
        "flows": flows,
        "matrix": matrix(flows, before, after, everything=everything),
        "pairs": pairs,
        "profiles": [(pair, profile(pair)) for pair in pairs if not pair.hidden],
        "few": SMALLEST_SHOWN,
        "notable": NOTABLE,
        "gates": gates_of(later, published) if _is_candidate(former, later, published) else [],
        "later_url": base.change_url(later),
    }


def _few(*views):
    return any(view is not None and not may_show(view.customers) for view in views)


def _is_candidate(former, later, published):
    return bool(published and former.pk == published.pk and not later.published_at)


def figures(former, later, flows):
    """Rows of quality: what, in the one, in the other, and the difference."""
    rows = [("Customers", former.customers, later.customers, 0)]
    rows.append(("Segments", former.k, later.k, 0))
    for key, label, decimals in (
        ("silhouette", "Silhouette", 3),
        ("stability", "Stability", 3),
        ("calinski_harabasz", "Calinski-Harabasz", 0),
    ):
        rows.append((label, former.quality.get(key), later.quality.get(key), decimals))
    shown = [
        {
            "label": label,
            "before": formatting.number(before, decimals),
            "after": formatting.number(after, decimals),
            "change": difference(before, after, decimals),
        }
        for label, before, after, decimals in rows
    ]
    smallest = [run.quality.get("smallest") for run in (former, later)]
    shown.append(
        {
            "label": "Smallest segment",
            "before": formatting.share(smallest[0]),
            "after": formatting.share(smallest[1]),
            "change": points(*smallest),
        }
    )
    return shown


def matrix(flows, before, after, *, everything):
    """The table of flows: a row for each former segment, and one for those who joined.

    Returns
    -------
    dict
        `heads` of the columns, `rows` of cells with customers and share of the row, `totals`.
    """

    def name(key, views):
        return views[key].name if key in views else key

    rows = []
    for place, key in enumerate(flows.former_keys):
        everyone = int(flows.counts[place].sum() + flows.left[place])
        cells = [
            _cell(int(customers), everyone, everything, stayed=key == to)
            for customers, to in zip(flows.counts[place], flows.keys, strict=True)
        ]
        cells.append(_cell(int(flows.left[place]), everyone, everything))
        rows.append({"key": key, "name": name(key, before), "cells": cells, "total": everyone})
    joined = [_cell(int(each), 0, everything) for each in flows.joined]
    came = int(flows.joined.sum())
    rows.append({"name": "Joined", "cells": [*joined, _cell(0, 0, everything)], "total": came})
    totals = [*(flows.counts.sum(axis=0) + flows.joined).tolist(), int(flows.left.sum())]
    return {
        "heads": [
            *({"key": key, "name": name(key, after)} for key in flows.keys),
            {"name": "Left"},
        ],
        "rows": rows,
        "totals": totals,
        "joined": came,
        "left": int(flows.left.sum()),
    }


def _cell(customers, everyone, everything, *, stayed=False):
    hidden = not everything and customers > 0 and not may_show(customers)
    return {
        "customers": None if hidden else customers,
        "share": customers / everyone if everyone and customers and not hidden else None,
        "hidden": hidden,
        "stayed": stayed,
    }


def profile(pair):
    """Features of a segment in both runs: typical member, mean in deviations, difference."""
    rows = []
    for feature in main_features():
        typical = [view.typical.get(feature.key) if view else None for view in _both(pair)]
        score = [view.scores.get(feature.key) if view else None for view in _both(pair)]
        change = None if None in score else score[1] - score[0]
        rows.append(
            {
                "label": feature.label,
                "typical": [in_unit(each, feature.unit) for each in typical],
                "scores": score,
                "change": change,
                "notable": change is not None and abs(change) >= NOTABLE,
            }
        )
    return rows


def _both(pair):
    return pair.before, pair.after


def difference(before, after, decimals):
    """The second figure less the first, signed; an em dash where one is unknown."""
    if before is None or after is None:
        return formatting.MISSING
    return formatting.number(after - before, decimals, signed=True)


def points(before, after):
    """The difference of two shares in percentage points."""
    if before is None or after is None:
        return formatting.MISSING
    return formatting.number(100 * (after - before), 1, suffix=" points", signed=True)
