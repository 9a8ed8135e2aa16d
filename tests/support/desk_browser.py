"""The desk in a real browser: log in, and collect what the browser complains of."""

from playwright.sync_api import Page

PASSWORD = "correct-horse-9"


def watch(page: Page) -> list[str]:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)
    return complaints


def log_in(page: Page) -> None:
    page.goto("/desk/live/storm-maren")
    page.get_by_label("Name").fill("ines")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/desk/live/storm-maren")
