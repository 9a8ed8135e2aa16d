"""The ASGI application: Django behind the edge's cache, for requests that the protocol does not answer itself."""

import os
from typing import Any

import django

from stoppress.service.processes.body_limit import limit_body

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stoppress.service.settings")
django.setup(set_prefix=False)

from stoppress.edge.cache.cache_middleware import CacheMiddleware  # noqa: E402
from stoppress.edge.cache.response_cache import response_cache  # noqa: E402  (settings come first)
from stoppress.service.processes.request_threads import DjangoHandler  # noqa: E402

django_application: Any = DjangoHandler()
cached_application: Any = CacheMiddleware(django_application, response_cache)
application = limit_body(cached_application)
