"""Read files of Azure as its own clients do: `check_azure.py FILE …` under .deploy/azure-client fails at a fault."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml
from azure.ai.ml import load_environment, load_online_deployment, load_online_endpoint
from azure.mgmt.containerinstance.models import ContainerGroup

LOADERS = {
    "environment": load_environment,
    "OnlineEndpoint": load_online_endpoint,
    "OnlineDeployment": load_online_deployment,
}


def check_group(text: str) -> None:
    """Read a group of containers; the client drops what it does not know, so that it is missing afterwards.

    Raises:
        ValueError: something in it is not known.
    """
    given = yaml.safe_load(text)
    del given["apiVersion"]  # that of the request
    kept = ContainerGroup.deserialize(given).serialize(keep_readonly=True)
    if kept != given:
        raise ValueError(f"{given}\nis read as\n{kept}")


def check(path: Path) -> None:
    """Read one file by the loader of its schema."""
    text = path.read_text(encoding="utf-8")
    if "$schema" not in text:
        check_group(text)
        return
    (load,) = [load for name, load in LOADERS.items() if f"{name}.schema.json" in text]
    load(path)


if __name__ == "__main__":
    for each in sys.argv[1:]:
        check(Path(each))
