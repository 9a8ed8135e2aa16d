"""Topics that readers sign up for."""

from django.db import models

from stoppress.coverage.models import LiveBlog


class Topic(models.Model):
    """Breaking news, a section, or one story. A story's topic is created when its first reader requests it."""

    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=300)
    description = models.CharField(max_length=300, blank=True)
    blog = models.OneToOneField(LiveBlog, null=True, blank=True, on_delete=models.PROTECT, related_name="topic")
    listed = models.BooleanField(default=True, help_text="Forms offer it; stories are offered on their own pages")
    retired_at = models.DateTimeField(
        null=True, blank=True, help_text="Since then readers cannot sign up for it and nothing new is sent to it"
    )

    def __str__(self) -> str:
        return self.slug
