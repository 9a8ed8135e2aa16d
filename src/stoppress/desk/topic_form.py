"""The form for a topic. The actions check it; here it is only read."""

from django import forms

from stoppress.alerts.topics import LONGEST_DESCRIPTION, LONGEST_NAME


class TopicForm(forms.Form):
    """Name and description, as sign-up forms show them; of a new one also its address."""

    name = forms.CharField(max_length=LONGEST_NAME, widget=forms.TextInput(attrs={"data-proposes": "id_slug"}))
    slug = forms.CharField(max_length=60, label="Address", widget=forms.TextInput(attrs={"spellcheck": "false"}))
    description = forms.CharField(
        max_length=LONGEST_DESCRIPTION, required=False, widget=forms.Textarea(attrs={"rows": 2})
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
