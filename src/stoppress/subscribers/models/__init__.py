"""Topics, subscribers, subscriptions, consents and suppressions."""

from stoppress.subscribers.models.subscribers import Consent, Mute, Subscriber, Subscription, Suppression, new_secret
from stoppress.subscribers.models.topics import Topic

__all__ = ["Consent", "Mute", "Subscriber", "Subscription", "Suppression", "Topic", "new_secret"]
