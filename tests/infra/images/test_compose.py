import re
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[3]
COMPOSE_FILE = REPOSITORY / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
# Jobs that end: whoever needs them waits for their end, not for their health.
ERRANDS = {"airflow-init", "minio-bucket"}
IN_IMAGE = "/opt/toile/"
DOCKERFILE = (REPOSITORY / "infra/images/Dockerfile").read_text()
# Name of each stage -> what it does.
STAGES = dict(re.findall(r"^FROM \S+ AS (\w+)\n(.*?)(?=^FROM|\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL))


def _example() -> dict[str, str]:
    lines = (REPOSITORY / "infra/images/example.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _locked(environment: str) -> set[str]:
    lock = (REPOSITORY / f"requirements/{environment}.lock").read_text()
    return set(re.findall(r"^([a-z0-9\-]+)(?:\[.*?\])?==", lock, re.MULTILINE))


def _words(service: str) -> list[str]:
    """Every word of the service's commands."""
    parts = SERVICES[service]
    return [*parts.get("command", []), *parts.get("healthcheck", {}).get("test", [])]


def test_the_file_uses_no_variable_that_the_example_does_not_tell_of() -> None:
    # $$ is the container's own business.
    used = set(re.findall(r"(?<!\$)\$\{?([A-Z_]+)", COMPOSE_FILE.read_text()))
    assert used == set(_example())


def test_a_variable_without_a_value_in_the_example_is_required_and_says_where_to_look() -> None:
    text = COMPOSE_FILE.read_text()
    for name, value in _example().items():
        uses = set(re.findall(rf"(?<!\$)\$\{{{name}([^}}]*)\}}", text))
        assert uses == ({f":-{value}"} if value else {":?see infra/images/example.env"}), name


def test_the_example_holds_no_secret() -> None:
    without = {name for name, value in _example().items() if value}
    assert without == {"TOILE_ENV", "TOILE_SPARK_SLOTS", "TOILE_COMMIT", "AIRFLOW_PORT", "MLFLOW_PORT"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_image_has_a_version_and_every_build_a_target_that_knows_its_commit(service: str) -> None:
    parts = SERVICES[service]
    assert re.search(r":\S*\d", parts["image"]), "an image without a version changes under our feet"
    assert ":latest" not in parts["image"]
    if "build" in parts:
        assert (REPOSITORY / parts["build"]["dockerfile"]).read_text() == DOCKERFILE
        assert parts["build"]["args"] == {"TOILE_COMMIT": "${TOILE_COMMIT:-unknown}"}
        assert "\nENV TOILE_COMMIT=$TOILE_COMMIT\n" in STAGES[parts["build"]["target"]]


@pytest.mark.parametrize("service", sorted(set(SERVICES) - ERRANDS))
def test_every_lasting_service_has_a_health_check_and_starts_again(service: str) -> None:
    assert SERVICES[service]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[service]["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_waits_for_what_cannot_come(service: str) -> None:
    for needed, how in SERVICES[service].get("depends_on", {}).items():
        expected = "service_completed_successfully" if needed in ERRANDS else "service_healthy"
        assert how["condition"] == expected
        assert set(SERVICES[needed]["networks"]) & set(SERVICES[service]["networks"]), f"{service} cannot see {needed}"


def test_ports_are_published_on_the_loopback_only() -> None:
    published = [port for parts in SERVICES.values() for port in parts.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_volume_and_network_that_is_used_is_declared_and_the_other_way_round() -> None:
    mounts = [mount.partition(":")[0] for parts in SERVICES.values() for mount in parts.get("volumes", [])]
    assert {mount for mount in mounts if not mount.startswith(".")} == set(COMPOSE["volumes"])
    assert all((REPOSITORY / mount).exists() for mount in mounts if mount.startswith("."))
    assert {network for parts in SERVICES.values() for network in parts["networks"]} == set(COMPOSE["networks"])


@pytest.mark.parametrize("service", SERVICES)
def test_commands_name_only_what_the_images_hold(service: str) -> None:
    provides = {"airflow": ("airflow", "apache-airflow"), "mlflow": ("jobs", "mlflow"), "python": ("jobs", "pyspark")}
    for word in _words(service):
        if not word.startswith(IN_IMAGE):
            continue
        inside = word.removeprefix(IN_IMAGE)
        if inside.startswith("home/venvs/"):
            _, _, environment, _, program = inside.split("/")
            assert provides[program][0] == environment
            assert provides[program][1] in _locked(environment)
        else:
            assert (REPOSITORY / inside).is_file()


def test_mlflow_can_speak_to_its_stores() -> None:
    assert {"psycopg2-binary", "boto3"} <= _locked("jobs")
    assert {"psycopg2-binary", "apache-airflow-providers-fab"} <= _locked("airflow")


def test_scripts_that_containers_run_can_be_executed() -> None:
    for script in (REPOSITORY / "infra/images").rglob("*.sh"):
        assert script.stat().st_mode & 0o111, script


def test_the_builder_is_sent_what_the_images_copy_and_nothing_else() -> None:
    ignored = (REPOSITORY / "infra/images/Dockerfile.dockerignore").read_text().splitlines()
    assert ignored[1] == "*"
    copied = re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    assert sources == {line[1:] for line in ignored if line[0] == "!"}
    assert all((REPOSITORY / source).exists() for source in sources)


def test_no_container_runs_as_root() -> None:
    assert {stage.strip().splitlines()[-1] for name, stage in STAGES.items() if name != "base"} == {"USER toile"}


def test_mlflows_server_tells_nobody_of_its_use() -> None:
    assert SERVICES["mlflow"]["environment"]["MLFLOW_DISABLE_TELEMETRY"] == "true"
