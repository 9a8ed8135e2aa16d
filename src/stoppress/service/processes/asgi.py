"""The one ASGI application: Django behind the edge's memory, for all that hot.py does not answer itself."""

import os
from typing import Any

import django

from stoppress.service.processes.body_limit import bounded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stoppress.service.settings")
django.setup(set_prefix=False)

from stoppress.edge.cache.cache_middleware import Remembering  # noqa: E402
from stoppress.edge.cache.response_cache import memory  # noqa: E402  (the settings must be there first)
from stoppress.service.processes.request_threads import Django  # noqa: E402

django_application: Any = Django()
remembering: Any = Remembering(django_application, memory)
application = bounded(remembering)
