"""The API, mounted with `path("api/v1/", api.urls)`."""

from collections.abc import Callable

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from ninja import NinjaAPI, Swagger

from stoppress.coverage.newsroom import newsroom
from stoppress.desk.api.alerts import router as alerts
from stoppress.desk.api.authentication import BearerAuth
from stoppress.desk.api.live_blogs import router as live_blogs
from stoppress.desk.api.posts import router as posts
from stoppress.desk.api.subscribers import router as subscribers
from stoppress.desk.problem_details import register_problem_handlers


def _public_document(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Allow GET and HEAD alone, and the arrows in Swagger's style sheet, which are data URLs."""
    return require_safe(csp_update({"img-src": [SELF, "data:"]})(view))


api = NinjaAPI(
    title="Stop Press",
    version="1",
    description="Open live blogs; publish, edit, correct and withdraw posts; "
    "send alerts and read their receipts; sign up subscribers. "
    "`stoppress token create` creates tokens.",
    urls_namespace="api",
    auth=BearerAuth(),
    docs=Swagger({"persistAuthorization": False, "validatorUrl": None}),
    docs_decorator=_public_document,
)
api.add_router("/live", live_blogs)
api.add_router("/live", posts)
api.add_router("/live", alerts)
api.add_router("/subscribers", subscribers)
register_problem_handlers(api)


@api.get("/", auth=None, include_in_schema=False)
def index(request: HttpRequest) -> dict[str, str]:
    """List the addresses of the API; needs no token."""
    paths = {
        "documentation": "docs",
        "openapi": "openapi.json",
        "live_blogs": "live",
        "posts": "live/{slug}/posts",
        "alerts": "live/{slug}/alerts",
        "subscribers": "subscribers",
    }
    addresses = {name: newsroom().absolute_url(f"/api/v1/{path}") for name, path in paths.items()}
    return {"name": newsroom().name, "version": api.version, **addresses}
