"""What comes in with a request for segments, checked."""

import json

from django import forms

from accounts.domain.sectors import SECTORS
from segmentation.cases import DIRECTIONS
from segmentation.domain.campaigns import COLUMNS, PURPOSES
from segmentation.domain.disagreement import OUTCOMES
from segmentation.domain.filters import CLASSES, CustomerFilter, FilterRefused
from segmentation.domain.growth import HORIZONS
from segmentation.domain.measures import MEASURES, as_shown, as_stored, label_with_unit
from segmentation.domain.profile import TIERS
from segmentation.domain.quiet import KINDS
from segmentation.domain.ranking import DEFAULT_DAYS, ORDERS
from segmentation.domain.risk import RISK_CLASSES
from segmentation.domain.selection import CANDIDATES
from segmentation.queries import MEMBER_SORTS
from segmentation.services.campaigns import LONGEST_NOTE as LONGEST_CAMPAIGN_NOTE
from segmentation.services.cases import LONGEST_NOTE

RANGE_ROWS = 4
_CHECKS = forms.CheckboxSelectMultiple


class MembersForm(forms.Form):
    """Filter, order and page of the table of members."""

    segment = forms.RegexField(r"^s\d{1,6}$", required=False)
    tier = forms.ChoiceField(choices=[(t, t) for t in ("high", "medium", "low")], required=False)
    risk = forms.ChoiceField(choices=[(r, r) for r in RISK_CLASSES], required=False)
    sector = forms.IntegerField(min_value=0, max_value=len(SECTORS) - 1, required=False)
    sort = forms.ChoiceField(
        choices=[(s, s) for key in MEMBER_SORTS for s in (key, f"-{key}")], required=False
    )
    page = forms.IntegerField(min_value=1, max_value=400, required=False)

    def clean_sort(self):
        return self.cleaned_data["sort"] or "-value"

    def clean_page(self):
        return self.cleaned_data["page"] or 1


class RebuildForm(forms.Form):
    """How many segments staff ask for; none leaves the choice to the comparison."""

    k = forms.TypedChoiceField(
        choices=[("", "By quality and stability"), *((k, f"{k} segments") for k in CANDIDATES)],
        coerce=int,
        empty_value=None,
        required=False,
        label="Number of segments",
    )


class RankingForm(forms.Form):
    """In which order segments are ranked, and over how many days they grew."""

    by = forms.ChoiceField(choices=ORDERS.items(), required=False)
    days = forms.TypedChoiceField(
        choices=[(days, days) for days in HORIZONS],
        coerce=int,
        empty_value=DEFAULT_DAYS,
        required=False,
    )

    def clean_by(self):
        return self.cleaned_data["by"] or "both"


class QuietForm(forms.Form):
    """Which page of the quiet customers is asked for."""

    segment = forms.RegexField(r"^s\d{1,6}$", required=False)
    kind = forms.ChoiceField(choices=KINDS.items(), required=False)
    page = forms.IntegerField(min_value=1, max_value=400, required=False)

    def clean_page(self):
        return self.cleaned_data["page"] or 1


class CampaignForm(forms.Form):
    """Who is meant, for what, and which columns the file has."""

    segments = forms.MultipleChoiceField(required=False, label="Segments", widget=_CHECKS)
    tiers = forms.MultipleChoiceField(
        choices=[(tier, tier.title()) for tier in TIERS], required=False, widget=_CHECKS
    )
    risks = forms.MultipleChoiceField(
        choices=[(each, each.title()) for each in CLASSES],
        required=False,
        label="Revealed risk",
        widget=_CHECKS,
    )
    stated = forms.MultipleChoiceField(
        choices=[(each, each.title()) for each in CLASSES],
        required=False,
        label="Stated risk",
        widget=_CHECKS,
    )
    sectors = forms.TypedMultipleChoiceField(
        choices=list(enumerate(SECTORS)),
        coerce=int,
        required=False,
        label="Preferred sectors, one is enough",
        widget=_CHECKS,
    )
    purpose = forms.ChoiceField(
        choices=[(each.key, each.label) for each in PURPOSES.values()],
        widget=forms.RadioSelect,
        error_messages={"required": "Say what the list is for."},
    )
    note = forms.CharField(
        max_length=LONGEST_CAMPAIGN_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    columns = forms.MultipleChoiceField(
        choices=[(each.key, each.label) for each in COLUMNS.values()],
        required=False,
        widget=_CHECKS,
    )

    def __init__(self, *args, segments=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["segments"].choices = [(each.key, each.name) for each in segments]
        self.fields["note"].widget.attrs["class"] = "form-control"
        for place in range(RANGE_ROWS):
            self.fields[f"measure{place}"] = forms.ChoiceField(
                choices=[
                    ("", "No range"),
                    *((each.key, label_with_unit(each)) for each in MEASURES),
                ],
                required=False,
                label=f"Measure of range {place + 1}",
                widget=forms.Select(attrs={"class": "form-select"}),
            )
            for end in ("low", "high"):
                self.fields[f"{end}{place}"] = forms.FloatField(
                    required=False,
                    label=f"{'Lowest' if end == 'low' else 'Highest'} of range {place + 1}",
                    widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "decimal"}),
                )

    @property
    def ranges(self):
        """The rows of ranges, three fields each."""
        return [
            [self[f"{name}{place}"] for name in ("measure", "low", "high")]
            for place in range(RANGE_ROWS)
        ]

    @staticmethod
    def initial_of(document):
        """What the form is filled with for a stored filter; the ranges that fit in its rows.

        Shares are stored as fractions and typed in per cent, in the explorer as here.
        """
        ranges = list(document.get("ranges", {}).items())[:RANGE_ROWS]
        initial = {name: value for name, value in document.items() if name != "ranges"}
        for place, (key, (low, high)) in enumerate(ranges):
            initial |= {
                f"measure{place}": key,
                f"low{place}": _typed(key, low),
                f"high{place}": _typed(key, high),
            }
        return initial

    def clean(self):
        data = super().clean()
        document = {
            name: data[name]
            for name in ("segments", "tiers", "risks", "stated", "sectors")
            if data.get(name)
        }
        ranges = {}
        for place in range(RANGE_ROWS):
            low, high = data.get(f"low{place}"), data.get(f"high{place}")
            if key := data.get(f"measure{place}"):
                if key in ranges:
                    self.add_error(f"measure{place}", "This measure has a range already.")
                ranges[key] = [as_stored(key, low), as_stored(key, high)]
            elif low is not None or high is not None:
                self.add_error(f"measure{place}", "Choose the measure this range is of.")
        if not self.errors:
            try:
                data["filter"] = CustomerFilter.from_document({**document, "ranges": ranges})
            except FilterRefused as refusal:
                self.add_error(None, str(refusal))
        return data


def _typed(key, bound):
    """A stored bound as it stands in its field: 10 and not 10.0."""
    return bound if bound is None else f"{as_shown(key, bound):.15g}"


class CasesForm(forms.Form):
    """Which page of the advisers' queue is asked for."""

    state = forms.ChoiceField(
        choices=[("open", "Open"), ("taken", "Taken"), ("done", "Done")], required=False
    )
    direction = forms.ChoiceField(
        choices=[("", "Both directions"), *DIRECTIONS.items()], required=False
    )
    tier = forms.ChoiceField(
        choices=[("", "All tiers"), *((t, f"{t.title()} tier") for t in TIERS)], required=False
    )
    mine = forms.BooleanField(required=False, label="Mine alone")
    sort = forms.ChoiceField(
        choices=[
            ("priority", "What matters most"),
            ("value", "Largest portfolio"),
            ("stated", "Lowest stated score"),
            ("revealed", "Highest revealed score"),
        ],
        required=False,
    )
    page = forms.IntegerField(min_value=1, max_value=400, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("direction", "tier", "sort"):
            self.fields[name].widget.attrs["class"] = "form-select"
        self.fields["mine"].widget.attrs["class"] = "form-check-input"

    def clean_state(self):
        return self.cleaned_data["state"] or "open"

    def clean_sort(self):
        return self.cleaned_data["sort"] or "priority"

    def clean_page(self):
        return self.cleaned_data["page"] or 1


class FinishForm(forms.Form):
    """How an adviser finishes a case."""

    outcome = forms.ChoiceField(
        choices=[("", "Choose what was done"), *OUTCOMES.items()],
        label="What was done",
        error_messages={"required": "Choose what was done. The case is still open."},
    )
    note = forms.CharField(
        max_length=LONGEST_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    follow_up = forms.DateField(
        required=False,
        label="Look at it again on",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="The case opens again then if the two sides still disagree.",
    )


class FlowsForm(forms.Form):
    """Two runs to follow customers between."""

    former = forms.IntegerField(min_value=1, max_value=10**9, required=False)
    later = forms.IntegerField(min_value=1, max_value=10**9, required=False)


class NameFilterForm(forms.Form):
    """What a saved filter is called, and whether all staff see it."""

    name = forms.CharField(
        max_length=80,
        error_messages={
            "required": "A filter needs a name.",
            "max_length": "A name has at most 80 characters.",
        },
    )
    shared = forms.BooleanField(required=False)


class SaveFilterForm(NameFilterForm):
    """A filter with its name, as the explorer sends it; `document` becomes a `CustomerFilter`."""

    document = forms.CharField(
        max_length=8_000,
        error_messages={
            "required": "There is no filter to save.",
            "max_length": "The filter is larger than any that can be saved.",
        },
    )

    def clean_document(self):
        try:
            return CustomerFilter.from_document(json.loads(self.cleaned_data["document"]))
        except FilterRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        except (ValueError, RecursionError):
            raise forms.ValidationError("The filter is not JSON.") from None
