"""Passkeys in a real browser with a virtual authenticator, under the desk's content security policy."""

from playwright.sync_api import Browser

from stoppress.desk.access.people import create_user
from tests.support.desk_browser import PASSWORD, collect_errors
from tests.support.web_server import Serving

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_passkey_is_added_and_logs_in_as_second_step_and_alone(serving: Serving, browser: Browser, axe_source) -> None:
    create_user("ines", PASSWORD, "admin")
    page = browser.new_context(base_url=serving.url).new_page()
    page.set_default_timeout(60_000)
    errors = collect_errors(page)
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})

    def check_accessibility() -> None:
        page.evaluate(axe_source)
        assert page.evaluate("axe.run().then(found => found.violations.map(each => each.id))") == [], page.url

    def send_password() -> None:
        page.get_by_label("Name").fill("ines")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()

    page.goto("/desk/log-in")
    check_accessibility()
    send_password()
    page.wait_for_url("**/desk/")
    page.goto("/desk/account/passkeys/add")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Create the passkey").click()
    page.wait_for_url("**/recovery-codes")
    for path in ("account", "account/app", "account/password", "people", "people/ines", "tokens", "audit"):
        page.goto(f"/desk/{path}")
        check_accessibility()
    page.goto("/desk/")
    page.get_by_role("button", name="Log out").click()
    send_password()
    page.wait_for_url("**/log-in/code")
    check_accessibility()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/desk/")
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/desk/")
    assert errors == []
    page.context.close()
