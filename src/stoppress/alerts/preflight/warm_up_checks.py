"""Check how many recipients the warm-up budgets would hold back today."""

from datetime import datetime

from django.utils.translation import gettext as _

from stoppress.alerts.actions.compose import AlertDraft
from stoppress.alerts.audience import count_domains, count_domains_to_correct
from stoppress.alerts.preflight.findings import PreflightFinding, fine, note
from stoppress.coverage.localisation.numbers import group_digits
from stoppress.delivery.ledger.warm_up import count_over_budget, is_warming_up


def check_warm_up(draft: AlertDraft, now: datetime) -> list[PreflightFinding]:
    """Return a finding while a warm-up lasts: how many recipients would wait, and for which providers."""
    if not is_warming_up(now):
        return []
    counts = (
        count_domains_to_correct(draft.corrects) if draft.corrects else count_domains(draft.topic, draft.story.blog_id)
    )
    over = count_over_budget(counts, now)
    if not over:
        return [fine(_("Warm-up"), _("Today’s budgets have room for all recipients."))]
    largest = sorted(over.items(), key=lambda item: -item[1])[:3]
    providers = ", ".join(f"{provider} {group_digits(count)}" for provider, count in largest)
    message = _("{delayed} of {total} recipients wait, because today’s budgets are too small ({providers}).").format(
        delayed=group_digits(sum(over.values())), total=group_digits(sum(counts.values())), providers=providers
    )
    advice = _("They get it if a budget has room before the alert ends. The schedule raises it from day to day.")
    return [note(_("Warm-up"), message, advice)]
