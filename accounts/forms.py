"""What investors type about themselves, parsed and checked."""

from allauth.account.forms import AddEmailForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.account.models import EmailAddress
from django import forms
from django.utils import timezone

from accounts.domain.profile import profile_errors
from accounts.domain.questions import Question
from accounts.domain.sectors import SECTORS
from accounts.domain.tokens import SCOPES


class SignupForm(AllauthSignupForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self.fields["email"].label = "E-mail"
        self.fields["password1"].help_text = "At least 12 characters. A sentence is good."


class ChangeEmailForm(AddEmailForm):
    """A new address beside the present one, which stays until the new one is confirmed.

    allauth takes any unconfirmed address for a pending one, the present one too, and would
    delete it and leave the user without an e-mail.
    """

    def save(self, request):
        EmailAddress.objects.filter(user=self.user, verified=False, primary=False).delete()
        address = EmailAddress.objects.create(user=self.user, email=self.cleaned_data["email"])
        address.send_confirmation(request)
        return address


class RupeesField(forms.DecimalField):
    """An amount as people write it: 12,00,000 or ₹12,00,000.00."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value):
        if isinstance(value, str):
            value = value.replace(",", "").replace("₹", "").replace(" ", "")
        return super().to_python(value)


class ProfileForm(forms.Form):
    annual_income = RupeesField(
        label="Annual income, in rupees",
        required=False,
        decimal_places=2,
        help_text="Before tax, from all sources.",
    )
    monthly_spending = RupeesField(
        label="Monthly spending, in rupees",
        required=False,
        decimal_places=2,
        help_text="Rent, instalments, household: all that leaves in a usual month.",
    )
    birth_year = forms.IntegerField(label="Year of birth", required=False)
    horizon_years = forms.IntegerField(
        label="Horizon, in years",
        required=False,
        help_text="In how many years will you need most of this money?",
    )
    sectors = forms.MultipleChoiceField(
        label="Sectors you prefer",
        required=False,
        choices=[(sector, sector) for sector in SECTORS],
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self):
        data = super().clean()
        facts = {name: data.get(name) for name in self.fields}
        errors = profile_errors(**facts, as_of_year=timezone.localdate().year)
        for field, sentence in errors.items():
            self.add_error(field, sentence)
        return data


class AnswerForm(forms.Form):
    """One question of the questionnaire."""

    answer = forms.TypedChoiceField(
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose one of the answers. Nothing was saved for this question.",
            "invalid_choice": "That is none of the answers. Nothing was saved for this question.",
        },
    )

    def __init__(self, *args, question: Question, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["answer"].choices = list(enumerate(each.label for each in question.options))


class TokenForm(forms.Form):
    """A token of the API: its name, what it may do, and for how long."""

    name = forms.CharField(label="Name", max_length=60, help_text="What it is for.")
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=list(SCOPES.items()),
        widget=forms.CheckboxSelectMultiple,
        initial=["portfolio:read"],
    )
    days = forms.TypedChoiceField(
        label="Valid for",
        coerce=int,
        choices=[(30, "30 days"), (90, "90 days"), (366, "a year")],
        initial=90,
    )
