"""Forms about people, seats and API tokens. The actions validate the values; these forms only read them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from stoppress.coverage.models import LiveBlog
from stoppress.desk.access.api_tokens import DEFAULT_SCOPES, MAX_TOKEN_NAME_CHARACTERS, SCOPES
from stoppress.desk.forms.blog_and_topic_forms import DescribedForm
from stoppress.desk.models import Role


class BlogChoice(forms.ModelChoiceField):
    """A live blog, or all of them."""

    def __init__(self, **more):
        super().__init__(
            LiveBlog.objects.order_by("-changed_at"),
            required=False,
            to_field_name="slug",
            empty_label=_("All live blogs"),
            **more,
        )

    def label_from_instance(self, blog):
        """Return the headline and the address."""
        return f"{blog.headline} ({blog.slug})"


class SeatForm(DescribedForm):
    """A role on one live blog or on all."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.REPORTER)
    blog = BlogChoice(label=_("Live blog"))


class PersonForm(SeatForm):
    """A new person with their first seat."""

    name = forms.CharField(
        label=_("Log-in name"),
        help_text=_("Letters, digits and @ . + - _. Capital letters do not matter."),
        max_length=150,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}),
        error_messages={"required": _("Enter a name.")},
    )
    display = forms.CharField(
        label=_("Name in bylines"), help_text=_("Such as Ines Okafor."), max_length=150, required=False
    )
    field_order = ["name", "display", "role", "blog"]


class TokenForm(DescribedForm):
    """A new API token."""

    name = forms.CharField(
        label=_("Name of the program"),
        help_text=_("Shown in logs. No two valid tokens have the same name."),
        max_length=MAX_TOKEN_NAME_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter a name.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=[(scope, scope) for scope in SCOPES],
        initial=DEFAULT_SCOPES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one scope.")},
    )
    blog = BlogChoice(label=_("Live blog"))
    owner = forms.CharField(
        label=_("Belongs to"),
        help_text=_("A log-in name: the token is revoked when this person is disabled. Empty: the newsroom."),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"list": "people", "spellcheck": "false", "autocapitalize": "none"}),
    )
