"""The pages themselves: a small web application that Airflow's API server mounts."""

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from airflow.api_fastapi.common.db.common import SessionDep
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import StringConstraints

from toile.config.names import STAGES, Names
from toile.errors import ConfigError, InfrastructureError
from toile_airflow.doc import gate_in_words
from toile_airflow.links import artefact_page, web_address
from toile_airflow.ui.configured import Configured, read_configured
from toile_airflow.ui.lineage import Lineage, read_lineage
from toile_airflow.ui.overview import STATES, Card, card_of, choices, dag_ids, is_visible
from toile_airflow.ui.readiness import LEVELS
from toile_airflow.ui.rights import ReaderOfDags, RightsOfUser, may_trigger
from toile_airflow.ui.sparkline import in_words
from toile_airflow.ui.stages import read_stages
from toile_airflow.ui.tracking import Known, Send, open_tracking, read_experiments

PREFIX = "/toile"
log = logging.getLogger(__name__)
HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
ModelId = Annotated[str, StringConstraints(max_length=200)]

# Nothing here is open: a route that is added later is behind the same dependency. No schema, no docs, no static mount,
# for those would not be.
app = FastAPI(title="Toile", dependencies=[ReaderOfDags], docs_url=None, redoc_url=None, openapi_url=None)

pages = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip


@app.get("/")
def models(request: Request, session: SessionDep, rights: RightsOfUser) -> HTMLResponse:
    """Every model that the user may see."""
    configured, notices = read_configured(), list[str]()
    _, known = _ask_mlflow(configured, notices)
    stages = read_stages(session, with_runs=rights.runs)
    visible = [model_id for model_id in configured.model_ids if is_visible(model_id, stages, rights.dags)]
    cards, rows = list[Card](), list[str]()
    for model_id in visible:
        try:
            card = card_of(model_id, configured, stages, known)
            rows.append(_render(request, "row.html", card=card))
            cards.append(card)
        except Exception as error:  # whatever one model's facts are, the others are shown
            log.exception("%s cannot be shown", model_id)
            notices.append(f"{model_id} cannot be shown ({type(error).__name__}); the API server's log tells more.")
    filters = {name: choices(cards, name) for name in ("domain", "owner")}
    return _page(request, "models.html", rows=rows, notices=notices, filters=filters)


@app.get("/models/{model_id}")
def model(request: Request, model_id: ModelId, session: SessionDep, rights: RightsOfUser) -> HTMLResponse:
    """One model: its state, its readiness, its lineage, its ledger, and the buttons."""
    configured, stages = read_configured(), read_stages(session, dag_ids(model_id), with_runs=rights.runs)
    if model_id not in configured.model_ids or not is_visible(model_id, stages, rights.dags):
        # The same words for both: whoever may not read a model learns nothing of what there is.
        raise HTTPException(403, f"There is no model {model_id}, or Airflow does not let you read all of its DAGs.")
    notices: list[str] = []
    send: Send | None = None
    known: dict[str, Known] | None = None
    if model_id in configured.models:  # of a file with mistakes, the mistakes are shown
        send, known = _ask_mlflow(configured, notices, Names.of(model_id, configured.environment).experiment)
    allowed = {stage: may_trigger(rights.user, Names(model_id).dag_id(stage)) for stage in ("train", "register")}

    def show(known: dict[str, Known] | None) -> HTMLResponse:
        card = card_of(model_id, configured, stages, known)
        lineage = Lineage()
        if send and card.known.experiment_id:
            try:
                lineage = read_lineage(send, card)
            except InfrastructureError as error:
                notices.append(str(error))
        return _page(request, "model.html", card=card, notices=notices, lineage=lineage, allowed=allowed)

    try:
        return show(known)
    except Exception as error:  # whatever MLflow tells, its DAGs, gates and buttons are shown
        log.exception("what MLflow knows of %s cannot be shown", model_id)
        notices.append(f"What MLflow knows cannot be shown ({type(error).__name__}); the API server's log tells more.")
        return show(None)


@app.get("/page.css")
def style() -> Response:
    return _asset("page.css", "text/css")


@app.get("/page.js")
def script() -> Response:
    return _asset("page.js", "text/javascript")


@app.get("/{path:path}")
def nothing(path: str) -> None:  # noqa: ARG001 -- behind the same rights as all else
    """An address that was cut or mistyped."""
    raise HTTPException(404, "There is no such page.")


@app.exception_handler(HTTPException)
def refuse(request: Request, error: HTTPException) -> HTMLResponse:
    """Says in words why there is no page."""
    return _page(request, "refused.html", status=error.status_code, detail=str(error.detail))


@app.exception_handler(ConfigError)
def tell_mistakes(request: Request, error: ConfigError) -> HTMLResponse:
    """Of platform.yaml or the environment's file: no model can be read."""
    return _page(request, "refused.html", status=503, detail=str(error))


def _ask_mlflow(
    configured: Configured, notices: list[str], experiment: str | None = None
) -> tuple[Send | None, dict[str, Known] | None]:
    """What MLflow knows of all models, or of one; without it the rest of the page still stands, with a notice."""
    try:
        send = open_tracking(configured.environment)
        return send, read_experiments(send, experiment)
    except InfrastructureError as error:
        notices.append(str(error))
        return None, None


def _page(request: Request, template: str, status: int = 200, **told: Any) -> HTMLResponse:
    return HTMLResponse(_render(request, template, status=status, **told), status, HEADERS)


def _render(request: Request, template: str, **told: Any) -> str:
    here = request.scope.get("root_path", "")
    return pages.get_template(template).render(here=here, airflow=here.removesuffix(PREFIX), **told)


def _asset(name: str, kind: str) -> Response:
    return Response((HERE / "assets" / name).read_bytes(), media_type=kind, headers=HEADERS)


def _age(moment: datetime) -> str:
    """How old it is, in the largest unit that fits."""
    seconds = (datetime.now(UTC) - moment).total_seconds()
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit} old"
    return "just now"


def _place(place: str | None, mlflow_run: str | None = None) -> str:
    """The address of a place in MLflow, or of an artefact of this run; empty where a browser could not open it."""
    address = web_address(artefact_page(place, mlflow_run) if mlflow_run else place)
    return address if address.startswith(("http://", "https://")) else ""


pages.filters |= {"age": _age, "figure": in_words, "place": _place, "gate": gate_in_words}
pages.globals |= {"stages": STAGES, "states": STATES, "levels": LEVELS, "names": Names}
