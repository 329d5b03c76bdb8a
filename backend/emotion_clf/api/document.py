"""The document that describes the API, made of the code that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import current_app

from emotion_clf import __version__
from emotion_clf.api.answers import Problem
from emotion_clf.api.guard import PUBLIC, scope_of
from emotion_clf.api.repeatable import HEADER
from emotion_clf.api.short_forms import add_short_forms
from emotion_clf.web.consent import text_for_calls
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from apiflask import APIFlask

_DESCRIPTION: Final = (
    "Hear or read people: which emotion, how sure, and why. Learnt from acted speech and from comments in English; it "
    "says how a voice sounds or what words carry, not what somebody feels. Not for decisions about employees."
)
_REFUSALS: Final = {
    "400": "The request cannot be read",
    "401": "No token or key that counts",
    "403": "Not allowed",
    "404": "Not there, or somebody else's",
    "408": "The body came too slowly",
    "409": "Not now",
    "413": "Too large",
    "415": "Of another media type",
    "422": "Well formed, and with values that will not do",
    "429": "Too many requests",
    "502": "The other side does not answer well",
    "503": "The server cannot do this right now",
    "504": "The other side took too long",
    "507": "The disk of the server is full",
}
_ALWAYS: Final = ("401", "403", "429", "503")
_WITH_BODY: Final = ("400", "408", "413", "415", "422", "507")
_PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
_SECURITY: Final[list[dict[str, list[str]]]] = [{"token": []}, {"key": []}, {}]


def describe(app: APIFlask) -> None:
    """Have the application's document say what APIFlask cannot know."""
    app.config.update(
        DESCRIPTION=_DESCRIPTION,
        AUTO_SERVERS=False,
        AUTO_OPERATION_ID=True,
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        LICENSE={"name": "MIT"},
        SECURITY_SCHEMES={
            "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        },
    )
    app.spec_processor(_complete)


def _complete(spec: dict[Any, Any] | str) -> dict[Any, Any] | str:
    if isinstance(spec, str):  # YAML, which is not asked for
        return spec
    spec["info"]["version"] = __version__
    spec["info"]["description"] = f"{_DESCRIPTION} {text_for_calls(services().settings)}"
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    schemas["BatchForm"]["properties"]["files"]["maxItems"] = services().settings.api_batch_clips
    endpoints = {endpoint.replace(".", "_"): endpoint for endpoint in current_app.view_functions}
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            endpoint = endpoints[operation["operationId"].removeprefix(f"{method}_")]
            operation["operationId"] = endpoint.removeprefix("api_").replace(".", "_")
            _complete_operation(operation, path, scope_of(endpoint) or PUBLIC)
    add_short_forms(spec, _REFUSALS)
    for schema in schemas.values():
        _drop_null_defaults(schema)
    return spec


def _drop_null_defaults(schema: dict[str, Any]) -> None:
    """A field that may be left out, but not be null, has no default that its own type allows."""
    for field in schema.get("properties", {}).values():
        if "default" in field and field["default"] is None and "type" in field:
            del field["default"]


def _complete_operation(operation: dict[str, Any], path: str, scope: str) -> None:
    operation["security"] = [] if scope == PUBLIC else _SECURITY
    if scope != PUBLIC:
        operation["description"] = f"Scope: {scope}."
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
    if "requestBody" in operation and "/auth/" not in path and "{" not in path:
        operation["parameters"].append(_KEY_PARAMETER)
    for status in _statuses(operation, path):
        operation["responses"].setdefault(
            status,
            {"description": _REFUSALS[status], "content": {"application/problem+json": {"schema": _PROBLEM}}},
        )


def _statuses(operation: dict[str, Any], path: str) -> list[str]:
    found = list(_ALWAYS)
    if "requestBody" in operation:
        found += [*_WITH_BODY, "404", "409"]
    if operation["parameters"]:
        found += ["404", "409", "422"]
    if path.endswith(("/clips", "/batch", "/urls", "/calls")):
        found += ["502", "504"]
    return sorted(set(found))


_KEY_PARAMETER: Final = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "The same request under the same key is done once in 24 hours, and answered alike.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
