"""The one ASGI application: Django behind the edge's memory, for all that hot.py does not answer itself."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

from stoppress.service.bounds import bounded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stoppress.service.settings")
django_application: Any = get_asgi_application()

from stoppress.edge.memory import memory  # noqa: E402  (the settings must be there first)
from stoppress.edge.remembering import Remembering  # noqa: E402

remembering: Any = Remembering(django_application, memory)
application = bounded(remembering)
