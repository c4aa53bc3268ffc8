"""How allauth is bent to finseg: where people land, and how second factors are kept."""

import base64
import hashlib

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as current
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.sites.requests import RequestSite
from django.urls import reverse

from accounts import services


class AccountAdapter(DefaultAccountAdapter):
    def save_user(self, request, user, form, commit=True):
        user = super().save_user(request, user, form, commit=commit)
        if commit:
            services.open_profile(user=user)
        return user

    def pre_login(self, request, user, **kwargs):
        # Accounts that were not opened on the sign-up page have no address on record. Without
        # a primary one, allauth would clear the e-mail of a user who asks to change it.
        if not EmailAddress.objects.filter(user=user).exists():
            EmailAddress.objects.create(user=user, email=user.email, primary=True)
        return super().pre_login(request, user, **kwargs)

    def send_mail(self, template_prefix, email, context):
        """Sign e-mails with the product's name; the site's own is only its address."""
        site = RequestSite(current.request)
        site.name = "finseg"
        super().send_mail(template_prefix, email, {**context, "current_site": site})

    def get_signup_redirect_url(self, request):
        return reverse("accounts:questionnaire")

    def get_login_redirect_url(self, request):
        """Investors land on their dashboard, bank staff where their work is: the admin."""
        return reverse("admin:index") if request.user.is_staff else "/dashboard/"


def user_display(user):
    """How pages and e-mails of the account address its owner."""
    return user.email


class MFAAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps are stored encrypted under SECRET_KEY.

    After a change of SECRET_KEY the former one belongs into SECRET_KEY_FALLBACKS.
    """

    def encrypt(self, text):
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher():
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (hashlib.sha256(b"mfa:" + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
