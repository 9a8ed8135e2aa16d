"""Boilerplate of the web page is set aside; journalism with the same words is kept."""

import pytest

from stoppress.importing.plain_text.boilerplate import reason_to_set_aside


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Sign up to our free storm emails", "sign-up"),
        ("Sign up now for our Morning Tide newsletter", "sign-up"),
        ("For the storm as it happens get our alerts straight to your inbox", "sign-up"),
        ("Subscribe to our newsletter for the latest updates.", "sign-up"),
        ("Get the Courier in your inbox every morning", "sign-up"),
        ("Support independent journalism", "donation"),
        ("Please consider supporting the Courier today", "donation"),
        ("Donate now", "donation"),
        ("Download our app", "app"),
        ("Notifications: change your settings at any time.", "notifications"),
        ("We use cookies to make this site work better.", "cookies"),
        ("Accept all cookies", "cookies"),
        ("Read more: Trams stand still in the lower wards", "link"),
        ("Click here for the full table", "link"),
        ("https://courier.example/live", "link"),
        ("Share on Facebook", "button"),
        ("214 comments", "button"),
        ("Load more updates", "button"),
        ("Key Points", "furniture"),
        ("17 Posts", "furniture"),
        ("Liveupdated1730496000", "furniture"),
        ("3h ago", "furniture"),
        ("The market hall. Photograph: Jon Abel/The Courier", "picture"),
        ("Image source, Jon Abel", "picture"),
        ("A flooded street in Port Halden (Reuters)", "picture"),
        ("[...]", "omission"),
        ("* * *", "rule"),
    ],
)
def test_reason_to_set_aside_names_the_kind_of_boilerplate(line: str, reason: str) -> None:
    actual = reason_to_set_aside(line)
    assert actual is not None and reason in actual


@pytest.mark.parametrize(
    "line",
    [
        "Sign up for the draft, minister urges",
        "Sign up for flood alerts, residents told",
        "Sign up to our army, port tells its neighbours",
        "“Sign up to our newsletter,” said the poster on the market hall.",
        "Subscribe to peace, bishop urges",
        "Read more books, minister says",
        "Donate blood now, hospital says",
        "Support for the mayor falls",
        "Support truly collapsed in the lower wards after the flood.",
        "Share prices fall as the port shuts",
        "Comments by the mayor anger harbour crews",
        "Live wires down in Salt Lane",
        "Key event in harbour history remembered",
        "Download of gate log stopped by court",
        "Cookies and coffee for eighty people in the gymnasium",
        "Get out now, residents of the lower wards told",
        "Follow the river inland, coastguard tells boats",
        "The town was told of it by Reuters.",
        "Recommended route out of town is under water",
        "More than 300 ask for a bed",
        "Become a pilot? Port opens its books",
        "What we know about the siren",
        "Save the gate!",
    ],
)
def test_reason_to_set_aside_is_none_for_journalism(line: str) -> None:
    assert reason_to_set_aside(line) is None
