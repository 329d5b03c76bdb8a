"""Lint and render the chart with Helm's own engine, check every object against Kubernetes' schemas, print them as JSON.

`render_chart.py VALUES.yaml [VERSION …]` runs under .deploy/tools; the exit status is 1 where there is a fault.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import helm_python
import kubernetes_validate
import yaml

CHART = Path(__file__).parents[1] / "helm" / "emotion-clf"
ERROR = 3


def main(values_file: str, *versions: str) -> int:
    """Print the objects, or the faults."""
    values = yaml.safe_load(Path(values_file).read_text(encoding="utf-8"))
    linted = helm_python.lint(CHART, values, strict=True)
    faults = [message["error"] for message in linted["messages"] if message["severity"] >= ERROR]
    objects = []
    if not faults:
        with helm_python.Chart.load(CHART) as chart:
            files = chart.render(values, name="demo", namespace="prod")
        texts = [text for name, text in sorted(files.items()) if name.endswith(".yaml")]
        objects = [found for text in texts for found in yaml.safe_load_all(text) if found]
    for found in objects:
        for version in versions:
            try:
                kubernetes_validate.validate(found, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                faults.append(f"{found['kind']} {found['metadata']['name']}, Kubernetes {version}: {error.message}")
    sys.stdout.write(json.dumps({"faults": faults, "objects": objects}))
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
