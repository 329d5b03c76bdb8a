"""What the document says of the addresses beside the API: the short forms of `/predict`, and `/health`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from emotion_clf.api import answers, schemas

if TYPE_CHECKING:
    from pydantic import BaseModel

_REF: Final = "#/components/schemas/{model}"
_BODIES: Final = (schemas.ShortText, schemas.ShortUrl, schemas.ShortClip)
_ANSWERS: Final = (answers.ReadText, answers.HeardShortly, answers.ShortJob, answers.Alive)
_REFUSED: Final = ("400", "401", "404", "408", "413", "415", "422", "429", "502", "503", "504", "507")


def add_short_forms(spec: dict[Any, Any], refusals: dict[str, str]) -> None:
    """Add the addresses to the document.

    Args:
        spec: the document, with the problem among its schemas.
        refusals: what each status of an error means.
    """
    for model in (*_BODIES, *_ANSWERS):
        _add_schema(spec["components"]["schemas"], model)
    problem = _content(answers.Problem, "application/problem+json")
    refused = {status: {"description": refusals[status], "content": problem} for status in _REFUSED}
    spec["paths"]["/predict"] = {"post": _predict(refused)}
    spec["paths"]["/health"] = {"get": _health()}


def _add_schema(known: dict[str, Any], model: type[BaseModel]) -> None:
    schema = model.model_json_schema(ref_template=_REF)
    known.update(schema.pop("$defs", {}))
    known[model.__name__] = schema


def _predict(refused: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": "predict",
        "tags": ["Short forms"],
        "summary": "Read a text, hear a clip, or start a job for an address",
        "description": "Asks for no key, also where the API does: see AUTH_REQUIRED. Nothing of a text or a clip is "
        "stored. An address is fetched for this machine and for administrators who are signed in.",
        "security": [],
        "parameters": [],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"oneOf": [_ref(schemas.ShortText), _ref(schemas.ShortUrl)]}},
                **_content(schemas.ShortClip, "multipart/form-data"),
            },
        },
        "responses": {
            "200": {
                "description": "The emotions of a text, or of a clip",
                "content": {
                    "application/json": {"schema": {"oneOf": [_ref(answers.ReadText), _ref(answers.HeardShortly)]}}
                },
            },
            "202": {
                "description": "The job of an address, which `links.self` tells of",
                "content": _content(answers.ShortJob, "application/json"),
                "headers": {"Location": {"schema": {"type": "string"}}},
            },
            **refused,
        },
    }


def _health() -> dict[str, Any]:
    return {
        "operationId": "health",
        "tags": ["Health"],
        "summary": "Ask whether the process answers",
        "security": [],
        "parameters": [],
        "responses": {"200": {"description": "It does", "content": _content(answers.Alive, "application/json")}},
    }


def _content(model: type[BaseModel], media_type: str) -> dict[str, Any]:
    return {media_type: {"schema": _ref(model)}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}
