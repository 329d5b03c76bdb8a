"""Take Helm out of the package that carries it: `unpack_helm.py PACKAGES PROGRAM`."""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
import zipfile
from pathlib import Path

SHA256 = "b66cb19f2b31f9d427632ea6c4b4a1ff89b74ecaeaee323cd166da41a7af53bd"  # of Helm 4.3.1


def main(packages: str, program: str) -> None:
    """Write the program, if it is the very one these tests were made with.

    Raises:
        SystemExit: it is another one.
    """
    (package,) = Path(packages).rglob("lambda-layer-kubectl-*.jsii.tgz")
    with tarfile.open(package) as archive, archive.extractfile("package/lib/layer.zip") as layer:
        helm = zipfile.ZipFile(io.BytesIO(layer.read())).read("helm/helm")
    if hashlib.sha256(helm).hexdigest() != SHA256:
        raise SystemExit("The package holds another Helm than expected; nothing was installed.")
    Path(program).write_bytes(helm)
    Path(program).chmod(0o755)


if __name__ == "__main__":
    main(*sys.argv[1:])
