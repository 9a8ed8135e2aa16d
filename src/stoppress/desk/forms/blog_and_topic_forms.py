"""Forms of a live blog's header and of a topic. The actions validate the values; these forms only read them."""

from functools import cache
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from stoppress.coverage.actions.live_blogs import POLL_WAIT_SECONDS
from stoppress.coverage.choices import BlogState
from stoppress.coverage.localisation.languages import TRANSLATED_LANGUAGES, newsroom_language
from stoppress.subscribers.topics import MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH


@cache
def zone_choices() -> list[str]:
    """Return the time zones to choose from, without historic aliases."""
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))


def language_choices(present: str = "") -> list[tuple[str, str]]:
    """Return tag and own name of the languages that a page can have, and of the present one if it is another."""
    tags = dict.fromkeys([*TRANSLATED_LANGUAGES, newsroom_language(), *([present] if present else [])])
    return [(tag, _own_name(tag)) for tag in tags]


def _own_name(tag: str) -> str:
    try:
        return str(get_language_info(tag)["name_local"])
    except KeyError:
        return tag


class DescribedForm(forms.Form):
    """A form whose fields refer to their hint and error by `aria-describedby` (templates/desk/parts/field.html)."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["aria-describedby"] = f"{name}-hint"


class BlogForm(DescribedForm):
    """The header of a live blog; `is_open` for one that exists already."""

    headline = forms.CharField(
        label=_("Headline"),
        help_text=_("What the story is, for a reader who has not heard of it."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "data-proposes": "id_slug"}),
        error_messages={"required": _("A live blog needs a headline.")},
    )
    slug = forms.SlugField(
        label=_("Address"),
        help_text=_("The permanent end of its address: small letters, digits and hyphens."),
        max_length=80,
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
        error_messages={
            "required": _("Enter an address, such as storm-maren."),
            "invalid": _("Enter a valid address: small letters, digits and hyphens."),
        },
    )
    standfirst = forms.CharField(
        label=_("Introduction"),
        help_text=_("Two or three sentences above the posts. A blank line begins a new paragraph."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    zone = forms.CharField(
        label=_("Time zone"),
        help_text=_("The time zone of the story. All times on the page are shown in it."),
        max_length=60,
        widget=forms.TextInput(attrs={"list": "zones", "spellcheck": "false"}),
        error_messages={"required": _("Enter a time zone, such as Europe/London.")},
    )
    language = forms.ChoiceField(
        label=_("Language"),
        help_text=_("The language of labels, dates and buttons on its page. Open pages reload when it changes."),
        required=False,
        error_messages={"invalid_choice": _("%(value)s is not one of the available languages.")},
    )
    state = forms.ChoiceField(
        label=_("State"),
        help_text=_("Readers see it with the time. You can change it at any moment."),
        choices=BlogState.choices,
        initial=BlogState.LIVE,
    )
    poll_wait = forms.IntegerField(
        label=_("Seconds between polls"),
        help_text=_("For pages that cannot receive the stream. A longer wait reduces the load if very many read."),
        required=False,
        min_value=POLL_WAIT_SECONDS[0],
        max_value=POLL_WAIT_SECONDS[-1],
    )

    def __init__(self, *args, is_open=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["zone"].initial = settings.DEFAULT_ZONE
        language = self.fields["language"]
        assert isinstance(language, forms.ChoiceField)
        language.initial = newsroom_language()
        language.choices = language_choices(self.initial.get("language", ""))
        for name in ("slug", "state") if is_open else ("poll_wait",):
            del self.fields[name]

    @property
    def zones(self) -> list[str]:
        """Return the time zones to choose from."""
        return zone_choices()


class TopicForm(DescribedForm):
    """Name and description of a topic, and the address of a new one; `is_open` for one that exists already."""

    name = forms.CharField(
        label=_("Name"),
        help_text=_("Shown on sign-up forms and in every mail."),
        max_length=MAX_NAME_LENGTH,
        widget=forms.TextInput(attrs={"data-proposes": "id_slug"}),
        error_messages={"required": _("Enter a name, such as Politics.")},
    )
    slug = forms.CharField(
        label=_("Address"),
        help_text=_("The permanent name for mail programs: small letters, digits and hyphens."),
        max_length=60,
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
        error_messages={"required": _("Enter an address, such as politics.")},
    )
    description = forms.CharField(
        label=_("Description"),
        help_text=_("One sentence about its alerts, shown beside the name."),
        max_length=MAX_DESCRIPTION_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, is_open=False, **kwargs):
        super().__init__(*args, **kwargs)
        if is_open:
            del self.fields["slug"]
            del self.fields["name"].widget.attrs["data-proposes"]
