"""The chart: rendered by Helm, valid for Kubernetes, safe by default, and true to the code."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from emotion_clf import __version__
from emotion_clf.pipeline.requests import CALL, KINDS
from emotion_clf.settings import Settings
from tests.support.deploy import DEPLOY, tool

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHART = DEPLOY / "helm" / "emotion-clf"
OLDEST, NEWEST = "1.27", "1.37"
EXAMPLES = ("test", "existing", "media")
Objects = dict[tuple[str, str], dict[str, Any]]


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CHART / name).read_text(encoding="utf-8"))
    return found


def merged(changes: dict[str, Any], base: dict[str, Any] | None = None) -> dict[str, Any]:
    """Values as Helm merges them."""
    result = dict(read("values.yaml") if base is None else base)
    for key, value in changes.items():
        result[key] = (
            merged(value, result[key]) if isinstance(value, dict) and isinstance(result.get(key), dict) else value
        )
    return result


def helm(*words: str | Path) -> str:
    """What Helm says."""
    done = subprocess.run([tool("helm"), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def render(tmp_path: Path) -> Callable[..., Objects]:
    """Render with the values of an example and changes to them; every object is checked."""

    def run(changes: dict[str, Any], example: str = "test") -> Objects:
        values = tmp_path / "values.yaml"
        values.write_text(yaml.safe_dump(merged(changes, read(f"ci/{example}-values.yaml"))), encoding="utf-8")
        text = helm("template", "demo", CHART, "--namespace", "prod", "--values", values)
        command = [tool("tools", "bin", "python"), DEPLOY / "tools" / "check_objects.py", OLDEST, NEWEST]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert done.stdout, done.stderr
        found = json.loads(done.stdout)
        assert not found["faults"]
        return {(each["kind"], each["metadata"]["name"]): each for each in found["objects"]}

    return run


def pods(objects: Objects) -> list[dict[str, Any]]:
    """The specification of every pod."""
    found = [each["spec"]["template"]["spec"] for (kind, _), each in objects.items() if kind in {"Deployment", "Job"}]
    return [*found, *(each["spec"] for (kind, _), each in objects.items() if kind == "Pod")]


def containers(objects: Objects) -> list[dict[str, Any]]:
    return [each for pod in pods(objects) for each in [*pod.get("initContainers", []), *pod["containers"]]]


def test_the_chart_has_the_version_of_the_product() -> None:
    assert read("Chart.yaml")["appVersion"] == __version__


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_keep_to_the_schema(example: str) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(merged(read(f"ci/{example}-values.yaml")), schema)
    # Every value there is has its place in the schema.
    assert set(read("values.yaml")) == set(schema["properties"]) - {"global"}


@pytest.mark.parametrize(
    "changes",
    [
        {"secrets": {"secretKey": "short"}},
        {"secrets": {"databaseUrl": "sqlite:////data/db"}},
        {"secrets": {"brokerUrl": ""}},
        {"ingress": {"host": ""}},
        {"settings": {"SECRET_KEY": "0123456789abcdef0123456789abcdef"}},
        {"settings": {"MODEL_THREADS": 2}},
        {"settings": {"WORKER_KINDS": "[]"}},
        {"web": {"replicas": 0}},
        {"embed": {"replicas": 0}},
        {"media": {"url": "https://s3.example.org/bucket"}},
        {"wev": {"replicas": 2}},
        {"image": {"digest": "sha256:1"}},
    ],
    ids=json.dumps,
)
def test_values_that_cannot_work_are_refused(changes: dict[str, Any]) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(merged(changes, merged(read("ci/test-values.yaml"))), schema)


def test_without_values_nothing_is_installed() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(read("values.yaml"), schema)


def test_the_settings_of_the_chart_are_settings_of_the_product() -> None:
    known = {name.upper() for name in Settings.model_fields}
    schema = (CHART / "values.schema.json").read_text(encoding="utf-8")
    reserved = set(re.findall(r'"required": \["([A-Z_]+)"\]', schema))
    assert {"DATABASE_URL", "WORKER_KINDS", "MEDIA_URL", "TRUSTED_HOSTS"} < reserved
    assert reserved | set(read("values.yaml")["settings"]) <= known


@pytest.mark.parametrize("example", EXAMPLES)
def test_helm_s_linter_finds_nothing(example: str) -> None:
    helm("lint", "--strict", CHART, "--values", CHART / "ci" / f"{example}-values.yaml")


def test_the_check_of_objects_finds_faults() -> None:
    command = [tool("tools", "bin", "python"), DEPLOY / "tools" / "check_objects.py", OLDEST, NEWEST]
    wrong = "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {prots: []}}"
    done = subprocess.run(command, input=wrong, capture_output=True, text=True, check=True)
    assert len(json.loads(done.stdout)["faults"]) == 2


def test_everything_renders_for_the_oldest_and_the_newest_cluster(render: Callable[..., Objects]) -> None:
    kinds = [kind for kind, _ in render({})]
    assert sorted(set(kinds)) == [
        *("ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Ingress", "Job", "NetworkPolicy"),
        *("PersistentVolumeClaim", "Pod", "PodDisruptionBudget", "Secret", "Service", "ServiceAccount"),
    ]
    assert kinds.count("Deployment") == 3


def test_what_an_operator_has_is_used(render: Callable[..., Objects]) -> None:
    objects = render({}, "existing")
    kinds = {kind for kind, _ in objects}
    assert not kinds & {"Secret", "PersistentVolumeClaim", "HorizontalPodAutoscaler", "PodDisruptionBudget", "Ingress"}
    for pod in pods(objects):
        assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == "emotion-data"
        assert pod["imagePullSecrets"] == [{"name": "registry"}]
    for container in containers(objects):
        assert container["envFrom"][1]["secretRef"]["name"] == "emotion-secrets"
        assert "@sha256:" in container["image"]
    assert objects["Deployment", "demo-emotion-clf-web"]["spec"]["replicas"] == 2
    assert objects["Deployment", "demo-emotion-clf-embed"]["spec"]["replicas"] == 1


@pytest.mark.parametrize("together", [False, True])
def test_every_kind_of_job_is_one_worker_s(render: Callable[..., Objects], together: bool) -> None:
    objects = render({"embed": {"enabled": not together}})
    given = {
        name.rsplit("-", 1)[1]: json.loads(variable["value"])
        for (kind, name), each in objects.items()
        if kind == "Deployment"
        for container in each["spec"]["template"]["spec"]["containers"]
        for variable in container.get("env", [])
        if variable["name"] == "WORKER_KINDS"
    }
    assert set(given) == ({"worker"} if together else {"worker", "embed"})
    assert sorted(kind for kinds in given.values() for kind in kinds) == sorted(KINDS)
    assert together or given["embed"] == [CALL]
    assert all(Settings(worker_kinds=kinds).worker_kinds == kinds for kinds in given.values())


def test_what_calls_are_embedded_by_grows_with_its_work(render: Callable[..., Objects]) -> None:
    objects = render({"embed": {"autoscaling": {"maxReplicas": 9}}})
    for name, most in (("web", 6), ("embed", 9)):
        scaler = objects["HorizontalPodAutoscaler", f"demo-emotion-clf-{name}"]["spec"]
        deployment = objects["Deployment", f"demo-emotion-clf-{name}"]
        assert scaler["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
        assert scaler["maxReplicas"] == most
        assert "replicas" not in deployment["spec"]
        budget = objects["PodDisruptionBudget", f"demo-emotion-clf-{name}"]["spec"]["selector"]["matchLabels"]
        assert budget.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
    assert ("HorizontalPodAutoscaler", "demo-emotion-clf-embed") not in render({"embed": {"enabled": False}})


def test_a_store_of_recordings_replaces_the_shared_volume(render: Callable[..., Objects]) -> None:
    objects = render({}, "media")
    assert not [kind for kind, _ in objects if kind == "PersistentVolumeClaim"]
    assert all("emptyDir" in volume for pod in pods(objects) for volume in pod["volumes"])
    told = objects["ConfigMap", "demo-emotion-clf"]["data"]
    assert told["MEDIA_URL"] == "s3://emotion-recordings/prod"
    assert Settings(media_url=told["MEDIA_URL"], media_endpoint=told["MEDIA_ENDPOINT"]).media_url == told["MEDIA_URL"]
    limit = pods(objects)[0]["volumes"][0]["emptyDir"]["sizeLimit"]
    assert int(limit.removesuffix("Gi")) * 1024**3 > Settings().media_cache_bytes
    everybody = objects["NetworkPolicy", "demo-emotion-clf"]["spec"]["egress"]
    assert {"protocol": "TCP", "port": 443} in everybody[-1]["ports"]
    shared = render({"persistence": {"existingClaim": "mine"}}, "media")
    assert all("persistentVolumeClaim" in pod["volumes"][0] for pod in pods(shared))


def test_every_pod_is_an_ordinary_user_that_can_write_two_folders(render: Callable[..., Objects]) -> None:
    objects = render({})
    assert len(pods(objects)) == 5
    for pod in pods(objects):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in containers(objects):
        safety = container["securityContext"]
        assert safety["readOnlyRootFilesystem"] is True
        assert safety["allowPrivilegeEscalation"] is False
        assert safety["capabilities"] == {"drop": ["ALL"]}
        assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/data", "/tmp"}  # noqa: S108
        assert container["resources"]["limits"]["memory"]


def test_secrets_are_in_the_secret_alone(render: Callable[..., Objects]) -> None:
    objects = render({"secrets": {"extra": {"ASSEMBLYAI_API_KEY": "a-key-of-ours"}}})
    secret = objects.pop(("Secret", "demo-emotion-clf"))
    assert set(secret["stringData"]) == {"DATABASE_URL", "BROKER_URL", "SECRET_KEY", "ASSEMBLYAI_API_KEY"}
    others = json.dumps(list(objects.values()))
    assert not [value for value in secret["stringData"].values() if value in others]


def test_probes_ask_by_a_name_that_the_server_answers(render: Callable[..., Objects]) -> None:
    objects = render({})
    hosts = json.loads(objects["ConfigMap", "demo-emotion-clf"]["data"]["TRUSTED_HOSTS"])
    web = objects["Deployment", "demo-emotion-clf-web"]["spec"]["template"]["spec"]["containers"][0]
    paths = {name: web[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {name: probe["path"].rsplit("/", 1)[1] for name, probe in paths.items()} == {
        "startup": "live",
        "liveness": "live",
        "readiness": "ready",
    }
    assert all(probe["httpHeaders"] == [{"name": "Host", "value": hosts[0]}] for probe in paths.values())
    assert (
        "httpHeaders"
        not in render({"ingress": {"enabled": False}})["Deployment", "demo-emotion-clf-web"]["spec"]["template"][
            "spec"
        ]["containers"][0]["readinessProbe"]["httpGet"]
    )


def test_the_processes_are_those_of_compose(render: Callable[..., Objects]) -> None:
    compose = yaml.safe_load((DEPLOY.parent / "compose.yaml").read_text(encoding="utf-8"))["services"]
    objects = render({})
    ours = {name: each for (kind, name), each in objects.items() if kind in {"Deployment", "Job"}}
    arguments = {
        name.split("-")[3]: each["spec"]["template"]["spec"]["containers"][0]["args"] for name, each in ours.items()
    }
    assert arguments.pop("embed") == arguments["worker"]
    assert arguments == {name: compose[name]["command"] for name in ("web", "worker", "migrate")}


def test_an_address_that_somebody_gives_does_not_lead_into_the_cluster(render: Callable[..., Objects]) -> None:
    objects = render({})
    public = objects["NetworkPolicy", "demo-emotion-clf-worker"]["spec"]["egress"][0]
    assert {"10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16"} <= set(public["to"][0]["ipBlock"]["except"])
    assert [port["port"] for port in public["ports"]] == [80, 443]
    assert ("NetworkPolicy", "demo-emotion-clf-worker") not in render({"networkPolicy": {"internet": False}})
    everybody = objects["NetworkPolicy", "demo-emotion-clf"]["spec"]
    assert everybody["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in everybody


def test_services_and_policies_choose_the_pods_they_mean(render: Callable[..., Objects]) -> None:
    objects = render({})
    labels = {
        name: objects["Deployment", f"demo-emotion-clf-{name}"]["spec"]["template"]["metadata"]["labels"]
        for name in ("web", "worker", "embed")
    }
    chosen = objects["Service", "demo-emotion-clf"]["spec"]["selector"]
    assert [name for name, each in labels.items() if chosen.items() <= each.items()] == ["web"]
    web = objects["NetworkPolicy", "demo-emotion-clf-web"]["spec"]["podSelector"]["matchLabels"]
    assert [name for name, each in labels.items() if web.items() <= each.items()] == ["web"]
    workers = objects["NetworkPolicy", "demo-emotion-clf-worker"]["spec"]["podSelector"]
    (expression,) = workers["matchExpressions"]
    assert [name for name, each in labels.items() if each[expression["key"]] in expression["values"]] == [
        "worker",
        "embed",
    ]
    assert all(workers["matchLabels"].items() <= each.items() for each in labels.values())
