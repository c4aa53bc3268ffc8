"""What a page of a portfolio is asked for: a period, a year, a name."""

from django import forms
from django.utils import timezone

from portfolios.domain.periods import period_fault
from portfolios.facts.performance import PERIODS
from portfolios.services.opening import LONGEST_NAME

FIRST = "1y"
"""The period shown where none is asked for."""


def _day_of_a_period():
    return forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
        error_messages={"invalid": "A day is written as 2025-03-31."},
    )


class PeriodForm(forms.Form):
    """A named period, or days of one's own: any of both may be left out."""

    period = forms.ChoiceField(
        required=False,
        choices=PERIODS,
        error_messages={"invalid_choice": "There is no such period."},
    )
    start = _day_of_a_period()
    end = _day_of_a_period()

    def clean(self):
        data = super().clean()
        fault = period_fault(data.get("start"), data.get("end"), timezone.localdate())
        if fault:
            raise forms.ValidationError(fault)
        return data

    def asked(self):
        """Name of the period, or an empty one with its first and last day; None is open."""
        data = self.cleaned_data
        if data["start"] or data["end"]:
            return "", data["start"], data["end"]
        return data["period"] or FIRST, None, None


class NameForm(forms.Form):
    """The name of a portfolio."""

    name = forms.CharField(
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


class YearForm(forms.Form):
    """The calendar year a table is wanted for."""

    year = forms.IntegerField(min_value=1990, max_value=2100)
