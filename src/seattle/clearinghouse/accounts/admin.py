"""Accounts and their keys, for operators. Passwords, digests and secrets of second factors are shown to nobody."""

from importlib import import_module

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from seattle.clearinghouse.accounts.models import ApiKey, LoginRequest, User, UserKey
from seattle.clearinghouse.credits.models import LedgerEntry
from seattle.clearinghouse.credits.services import change_total
from seattle.clearinghouse.desk.admin_site import ReadMostly

# What libraries register shows secrets, or lets rows be changed behind our services.
for _library in (
    "django.contrib.auth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
):
    import_module(f"{_library}.admin")  # so that it registers now, and not later
    admin.site.unregister(
        [model for model in admin.site._registry if model._meta.app_label == _library.rpartition(".")[2]]
    )


class UserActions(ActionForm):
    """What an action on accounts asks for."""

    credits = forms.IntegerField(required=False, min_value=-10_000, max_value=10_000)
    reason = forms.CharField(required=False, max_length=200)


@admin.register(User)
class UserAdmin(ReadMostly[User]):
    """Accounts. Who is to be shut out is cut off at the abuse desk."""

    list_display = ("username", "email", "affiliation", "credits_total", "credits_held", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff", "date_joined")
    search_fields = ("username", "email", "affiliation", "keys__key_id")
    search_help_text = "part of a name, an address or an affiliation; or the id of a key"
    ordering = ("username",)
    changeable = ("affiliation", "port", "is_staff", "is_superuser")
    hidden = ("password", "first_name", "last_name")
    readonly_fields = ("desk",)
    action_form = UserActions
    actions = ("go_to_desk", "grant_credits", "remove_second_factor")

    @admin.display(description="abuse desk")
    def desk(self, user: User) -> str:
        """Where the account is cut off."""
        return format_html('<a href="{}">{} at the desk</a>', reverse("desk_user", args=[user.username]), user)

    @admin.action(description="Look at it at the abuse desk (to cut off, or reopen)")
    def go_to_desk(self, _: HttpRequest, chosen: QuerySet[User]) -> HttpResponse:
        """The desk asks for a reason, and shows what came of it."""
        return redirect("desk_user", chosen[0].username)

    @admin.action(description="Grant credits (fewer: a negative number), with a reason")
    def grant_credits(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Through the ledger."""
        asked = UserActions(request.POST)
        asked.fields["action"].choices = [("grant_credits", "")]  # type: ignore[attr-defined]  # it is a choice
        if not asked.is_valid() or not asked.cleaned_data["credits"] or not asked.cleaned_data["reason"].strip():
            self.message_user(request, "Give a number of credits, and a reason.", messages.ERROR)
            return
        change, reason = asked.cleaned_data["credits"], asked.cleaned_data["reason"].strip()
        for user in chosen:
            try:
                with transaction.atomic():
                    change_total(user.pk, change, LedgerEntry.Reason.GRANTED, f"{reason} ({request.user})")
            except IntegrityError:
                self.message_user(request, f"{user} has fewer credits than that.", messages.ERROR)
            else:
                self.log_change(request, user, f"{change:+} credits: {reason}")
                self.message_user(request, f"{user} may hold {change:+} vessels.", messages.SUCCESS)

    @admin.action(description="Remove the second factor (it is lost, and you know that it is them)")
    def remove_second_factor(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """For administrators, and not for those of other administrators."""
        if not getattr(request.user, "is_superuser", False) or chosen.filter(is_staff=True).exists():
            self.message_user(request, "Administrators do this, and for users alone.", messages.ERROR)
            return
        for user in chosen:
            Authenticator.objects.filter(user=user).delete()
            self.log_change(request, user, "second factor removed")
            self.message_user(request, f"{user} has no second factor now.", messages.SUCCESS)


@admin.register(UserKey)
class UserKeyAdmin(ReadMostly[UserKey]):
    """Keys of users."""

    list_display = ("key_id", "user", "label", "created_at", "used_at", "retired_at")
    list_filter = ("created_at", ("retired_at", admin.EmptyFieldListFilter))
    list_select_related = ("user",)
    search_fields = ("key_id", "label", "user__username")


@admin.register(ApiKey)
class ApiKeyAdmin(ReadMostly[ApiKey]):
    """API keys; the secrets are known to nobody."""

    list_display = ("hint", "name", "user", "created_at", "used_at", "revoked_at")
    list_filter = ("created_at", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("user",)
    search_fields = ("name", "hint", "user__username")
    hidden = ("digest",)


@admin.register(LoginRequest)
class LoginRequestAdmin(ReadMostly[LoginRequest]):
    """Logins of command lines."""

    list_display = ("created_at", "label", "key_id", "address", "approved_by", "decided_at")
    list_select_related = ("approved_by",)
    search_fields = ("key_id", "label", "address")
    ordering = ("-pk",)
    hidden = ("code",)


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadMostly[EmailAddress]):
    """Addresses of mail, and whether they were confirmed."""

    list_display = ("email", "user", "verified", "primary")
    list_filter = ("verified", "primary")
    list_select_related = ("user",)
    search_fields = ("email", "user__username")


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadMostly[Authenticator]):
    """Second factors, without their secrets."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__username",)
    hidden = ("data",)
