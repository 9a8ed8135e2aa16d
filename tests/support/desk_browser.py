"""The desk in a real browser: log in, and collect the browser's errors."""

from playwright.sync_api import Page

PASSWORD = "correct-horse-9"


def collect_errors(page: Page) -> list[str]:
    """Return a list that collects script errors and violations of the content security policy."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
    return errors


def log_in(page: Page) -> None:
    """Log in as an editor and open the live blog."""
    page.goto("/desk/live/storm-maren")
    page.get_by_label("Name").fill("ines")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/desk/live/storm-maren")
