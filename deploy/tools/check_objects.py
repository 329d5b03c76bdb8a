"""Check Kubernetes objects against the schemas of Kubernetes versions, strictly, and print them as JSON.

`check_objects.py VERSION … < objects.yaml` runs under .deploy/tools.
"""

from __future__ import annotations

import json
import sys

import kubernetes_validate
import yaml


def main(*versions: str) -> None:
    """Print the objects and their faults."""
    objects = [found for found in yaml.safe_load_all(sys.stdin) if found]
    faults = []
    for found in objects:
        for version in versions:
            try:
                kubernetes_validate.validate(found, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                faults.append(f"{found['kind']} {found['metadata']['name']}, Kubernetes {version}: {error.message}")
    sys.stdout.write(json.dumps({"faults": faults, "objects": objects}))


if __name__ == "__main__":
    main(*sys.argv[1:])
