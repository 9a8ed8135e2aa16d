"""The one ASGI application: Django, for all that is not taken over by the edge."""

import os

from django.core.asgi import get_asgi_application

from stoppress.service.bounds import bounded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stoppress.service.settings")
application = bounded(get_asgi_application())
