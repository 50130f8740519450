"""The forms about accounts and keys."""

from typing import Any, Final

from allauth.account.forms import LoginForm, SignupForm
from allauth.socialaccount.forms import SignupForm as SocialSignupForm
from django import forms
from django.contrib.auth.hashers import make_password
from django.core.files.base import File
from django.http import HttpRequest, HttpResponse, QueryDict

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.accounts.public_keys import MAX_LABEL, MAX_TEXT, PRIVATE_GIVEN, is_private, read_key
from seattle.clearinghouse.errors import BadKey, sentence

MAX_FILE: Final = 8 * 1024  # bytes


def affiliation_field() -> forms.CharField:
    """Where somebody belongs."""
    return forms.CharField(
        min_length=3,
        max_length=200,
        help_text="Your university, company or school; or what you want to do here.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )


class SignIn(LoginForm):  # type: ignore[misc] # it comes without types
    """Who comes back. What is asked for has the names that it had at the registration."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Username or email"
        self.fields["login"].widget.attrs["placeholder"] = ""

    def user_credentials(self) -> dict[str, Any]:
        """What was given, as one thing: no user name is an address.

        An address that has an account would else have its password checked twice, which can be told by a clock.
        """
        given: dict[str, Any] = super().user_credentials()
        if "email" in given:
            given.pop("username", None)
        return given


class Registration(SignupForm):  # type: ignore[misc] # it comes without types
    """An account with a password."""

    affiliation = affiliation_field()
    field_order: Final = ("username", "email", "affiliation", "password1", "password2")

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Make the account, unless the address has one: that takes as long, and so is not told by a clock either."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return saved

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        """Keep what allauth doesn't know of."""
        super().custom_signup(request, user)
        user.affiliation = self.cleaned_data["affiliation"]
        user.save(update_fields=["affiliation"])


class SocialRegistration(SocialSignupForm):  # type: ignore[misc] # as above
    """An account that another site vouches for."""

    affiliation = affiliation_field()

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        """Keep what allauth doesn't know of."""
        super().custom_signup(request, user)
        user.affiliation = self.cleaned_data["affiliation"]
        user.save(update_fields=["affiliation"])


class Affiliation(forms.Form):
    """Where the user belongs, to be changed."""

    affiliation = affiliation_field()


class NewKey(forms.Form):
    """A public key, pasted or as a file. Private ones are refused, and not shown again."""

    public_key = forms.CharField(
        required=False,
        max_length=MAX_TEXT,
        help_text="The line in your <code>.pub</code> file, which begins with <code>ssh-ed25519</code>; or the key's id"
        " (<code>U...</code>).",
        widget=forms.Textarea(attrs={"rows": 4, "class": "code", "autocomplete": "off", "spellcheck": "false"}),
    )
    file = forms.FileField(required=False, label="Or the .pub file itself", allow_empty_file=True)
    label = forms.CharField(
        required=False, max_length=MAX_LABEL, help_text="Where its private half is: laptop, lab computer, ..."
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._private_given = self.is_bound and is_private(self.data.get("public_key", ""))
        if self._private_given and isinstance(self.data, QueryDict):
            self.data = self.data.copy()  # what was posted can't be changed
            self.data["public_key"] = ""

    def clean(self) -> dict[str, Any]:
        """Refuse what is no public key, and say which field it is in."""
        given = super().clean() or {}
        if self._private_given:
            self.add_error("public_key", sentence(PRIVATE_GIVEN))
        elif given.get("file"):
            given["public_key"] = self._read(given["file"])
        elif not given.get("public_key") and "public_key" not in self.errors:
            self.add_error("public_key", "Paste a public key, or choose a file.")
        elif "public_key" not in self.errors:
            self._refuse("public_key", given["public_key"])
        return given

    def _read(self, file: "File[bytes]") -> str:
        text = bytes(file.read(MAX_FILE)).decode(errors="replace")
        self._refuse("file", text)
        return text.strip()

    def _refuse(self, field: str, text: str) -> None:
        try:
            read_key(text)
        except BadKey as why:
            self.add_error(field, sentence(why.message))


class NewApiKey(forms.Form):
    """A name for an API key."""

    name = forms.CharField(
        max_length=MAX_LABEL,
        help_text="What will use it: nightly job, course scripts, ...",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class LoginCode(forms.Form):
    """The code that `seattle login` shows."""

    code = forms.CharField(
        max_length=20,
        label="Code",
        help_text="As your terminal shows it: XXXX-XXXX.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class Deletion(forms.Form):
    """That somebody means it."""

    username = forms.CharField(
        max_length=30, label="Your user name", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, user: User, **more: Any) -> None:
        super().__init__(*args, **more)
        self._user = user

    def clean_username(self) -> str:
        """It must be theirs."""
        given: str = self.cleaned_data["username"]
        if given.strip() != self._user.username:
            raise forms.ValidationError("This is not your user name: nothing was deleted.")
        return given
