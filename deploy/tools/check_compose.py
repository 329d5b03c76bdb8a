"""Check a compose file against the Compose Specification: `check_compose.py < compose.yaml` runs under .deploy/tools.

The exit status is 1, and the fault is told, where the file does not keep to it. Variables must be filled in already.
"""

from __future__ import annotations

import sys

from compose_spec import ComposeSpecification
from compose_spec.compose_spec import PyOptions


def main() -> None:
    """Read the file as strictly as both readings of the specification do.

    Raises:
        SystemExit: it does not keep to the specification.
    """
    options = PyOptions()
    options.apply_merge = True
    try:
        ComposeSpecification.model_validate(options.from_yaml(sys.stdin.read()).to_dict())
    except ValueError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
