"""The API, mounted with `path("api/v1/", api.urls)`."""

from csp.constants import SELF
from csp.decorators import csp_update
from ninja import NinjaAPI, Swagger

from stoppress.desk.api.alerts import router as alerts
from stoppress.desk.api.authentication import BearerAuth
from stoppress.desk.api.posts import router as posts
from stoppress.desk.api.subscribers import router as subscribers
from stoppress.desk.problem_details import register_problem_handlers

api = NinjaAPI(
    title="Stop Press",
    version="1",
    description="Publish, edit, correct and withdraw posts; send alerts and read their receipts; sign up subscribers. "
    "`stoppress token create` creates tokens.",
    urls_namespace="api",
    auth=BearerAuth(),
    docs=Swagger({"persistAuthorization": False, "validatorUrl": None}),
    docs_decorator=csp_update({"img-src": [SELF, "data:"]}),  # Swagger's style sheet contains its arrows as data URLs
)
api.add_router("/live", posts)
api.add_router("/live", alerts)
api.add_router("/subscribers", subscribers)
register_problem_handlers(api)
