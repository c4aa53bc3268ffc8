"""What staff ask of all customers' portfolios."""

from django import forms
from django.utils import timezone

from portfolios.domain.periods import period_fault
from portfolios.facts.crowds import SECTOR
from portfolios.facts.periods import MEASURES, PERIODS

MINIMUMS = (0, 10_000, 100_000, 1_000_000)
SHARES = (0.0, 0.10, 0.25, 0.50)
LAST_PAGE = 1_000_000


class _Lenient(forms.Form):
    """A form of a page's address: what is left out is as usual, what is unknown is refused."""

    usual: dict = {}

    def __init__(self, data):
        given = {name: value for name, value in data.items() if value}
        super().__init__(self.usual | given)


class PeriodForm(_Lenient):
    usual = {"period": "1y", "by": "rate", "minimum": str(MINIMUMS[1]), "first": "", "last": ""}

    period = forms.ChoiceField(choices=list(PERIODS.items()))
    by = forms.ChoiceField(choices=list(MEASURES.items()))
    minimum = forms.TypedChoiceField(choices=[(m, m) for m in MINIMUMS], coerce=int)
    first = forms.DateField(required=False)
    last = forms.DateField(required=False)

    def clean(self):
        asked = super().clean()
        first, last = asked.get("first"), asked.get("last")
        if asked.get("period") == "dates" and not self.errors:
            if first is None or last is None:
                raise forms.ValidationError("Name the first and the last day.")
            fault = period_fault(first, last, timezone.localdate())
            if fault:
                raise forms.ValidationError(fault)
        return asked


class ExposureForm(_Lenient):
    usual = {"by": "value", "least": "0.0", "page": "1"}

    of = forms.CharField(required=False, max_length=100)
    by = forms.ChoiceField(choices=[("value", "Rupees"), ("share", "Share of their money")])
    least = forms.TypedChoiceField(choices=[(s, s) for s in SHARES], coerce=float)
    page = forms.IntegerField(min_value=1, max_value=LAST_PAGE)

    @property
    def name(self):
        """The stock or the sector chosen, in words."""
        return self.cleaned_data["of"].removeprefix(SECTOR)
