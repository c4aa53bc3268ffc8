"""How allauth is bent to finseg: where people land, and what a new account comes with."""

from allauth.account.adapter import DefaultAccountAdapter
from django.urls import reverse

from accounts import services


class AccountAdapter(DefaultAccountAdapter):
    def save_user(self, request, user, form, commit=True):
        user = super().save_user(request, user, form, commit=commit)
        if commit:
            services.open_profile(user=user)
        return user

    def get_signup_redirect_url(self, request):
        return reverse("accounts:questionnaire")

    def get_login_redirect_url(self, request):
        """Investors land on their dashboard, bank staff where their work is: the admin."""
        return reverse("admin:index") if request.user.is_staff else "/dashboard/"
