"""The forms for the head of a live blog, and for a topic. The actions check them; here they are only read."""

from functools import cache
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info

from stoppress.coverage.actions.live_blogs import POLL_WAIT_SECONDS
from stoppress.coverage.choices import BlogState
from stoppress.coverage.localisation.languages import TRANSLATED_LANGUAGES, newsroom_language
from stoppress.subscribers.topics import MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH


@cache
def zone_choices() -> list[str]:
    """The zones to choose from: places, without the historic aliases."""
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))


def language_choices(present: str = "") -> list[tuple[str, str]]:
    """Return the languages that a page can be in, each with its own name; and the present one if it is another."""
    tags = dict.fromkeys([*TRANSLATED_LANGUAGES, newsroom_language(), *([present] if present else [])])
    return [(tag, _own_name(tag)) for tag in tags]


def _own_name(tag: str) -> str:
    try:
        return str(get_language_info(tag)["name_local"])
    except KeyError:
        return tag


class BlogForm(forms.Form):
    """What stands above the posts."""

    headline = forms.CharField(max_length=300, widget=forms.Textarea(attrs={"rows": 2, "data-proposes": "id_slug"}))
    slug = forms.SlugField(max_length=80, label="Address", widget=forms.TextInput(attrs={"spellcheck": "false"}))
    standfirst = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 5}))
    zone = forms.CharField(
        max_length=60, label="Time zone", widget=forms.TextInput(attrs={"list": "zones", "spellcheck": "false"})
    )
    language = forms.ChoiceField(label="Language", required=False)
    state = forms.ChoiceField(choices=BlogState.choices, initial=BlogState.LIVE)
    poll_wait = forms.IntegerField(
        label="Seconds between polls", required=False, min_value=POLL_WAIT_SECONDS[0], max_value=POLL_WAIT_SECONDS[-1]
    )

    def __init__(self, *args, opened=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["zone"].initial = settings.DEFAULT_ZONE
        self.fields["language"].initial = newsroom_language()
        language = self.fields["language"]
        assert isinstance(language, forms.ChoiceField)
        language.choices = language_choices(self.initial.get("language", ""))
        self.fields["headline"].error_messages["required"] = "A live blog needs a headline."
        self.fields["slug"].error_messages["required"] = "Give it an address, such as storm-maren."
        for name in ("slug", "state") if opened else ("poll_wait",):
            del self.fields[name]
        self.mark_errors()

    def mark_errors(self):
        """Let each field point to its hint and its error."""
        for name, field in self.fields.items():
            field.widget.attrs["aria-describedby"] = f"{name}-hint"

    @property
    def zones(self) -> list[str]:
        return zone_choices()


class TopicForm(forms.Form):
    """Name and description, as sign-up forms show them; of a new one also its address."""

    name = forms.CharField(max_length=MAX_NAME_LENGTH, widget=forms.TextInput(attrs={"data-proposes": "id_slug"}))
    slug = forms.CharField(max_length=60, label="Address", widget=forms.TextInput(attrs={"spellcheck": "false"}))
    description = forms.CharField(
        max_length=MAX_DESCRIPTION_LENGTH, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args, opened=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].error_messages["required"] = "Give the topic a name, such as Politics."
        self.fields["slug"].error_messages["required"] = "Give it an address, such as politics."
        if opened:
            del self.fields["slug"]
            del self.fields["name"].widget.attrs["data-proposes"]
        for name, field in self.fields.items():
            field.widget.attrs["aria-describedby"] = f"{name}-hint"
