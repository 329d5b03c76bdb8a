"""Where Whisper's weights lie, and a model loaded from them, once in a process.

A folder or a name is checked before the library sees it, since the library takes a missing folder for a hub name and
answers with a riddle.
"""

from __future__ import annotations

import os
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.bundles import MANIFEST_NAME
from emotion_clf.errors import EngineMissingError
from emotion_clf.transcription.whisper_bundle import bundle_folder, check_bundle

if TYPE_CHECKING:
    from emotion_clf.settings import Settings

_WEIGHTS: Final = "model.bin"


def load_model(settings: Settings) -> Any:
    """Return faster-whisper's model of WHISPER_MODEL; the last one loaded is kept.

    Raises:
        EngineMissingError: the weights are not there, cannot be fetched or cannot be loaded.
        ModelError: the files of a bundle are not those that were published.
    """
    folder = weights_folder(settings)
    return _loaded(
        settings.whisper_model if folder is None else str(folder),
        folder is not None,
        settings.whisper_device,
        settings.whisper_compute_type,
        settings.model_threads,
    )


def check_weights(settings: Settings) -> None:
    """Compare the files of a bundle with what was published; other weights prove nothing.

    Raises:
        EngineMissingError: as `weights_folder`.
        ModelError: the files of a bundle are not those that were published.
    """
    folder = weights_folder(settings)
    if folder is not None:
        _check_folder(folder)


def weights_on_this_machine(settings: Settings) -> bool:
    """Tell whether Whisper could start without a network."""
    if find_spec("faster_whisper") is None:
        return False
    try:
        return weights_folder(settings) is not None
    except EngineMissingError:
        return False


def weights_folder(settings: Settings) -> Path | None:
    """Return the folder in which the weights of WHISPER_MODEL lie; None where they would have to be fetched.

    Raises:
        EngineMissingError: the folder holds no weights, or nothing goes by that name.
    """
    model = settings.whisper_model
    bundle = bundle_folder(settings, model)
    if bundle is not None:
        return bundle
    folder = Path(model).expanduser()
    if folder.is_dir():
        if not (folder / _WEIGHTS).is_file():
            raise EngineMissingError(
                f"The folder of WHISPER_MODEL holds no {_WEIGHTS}. Set it to a folder of CTranslate2 weights, or to a "
                "size such as `medium`."
            )
        return folder
    if _looks_like_folder(model):
        raise EngineMissingError("The folder of WHISPER_MODEL does not exist. Make it, or set a size such as `medium`.")
    return _cached(model)


def shown_name(model: str) -> str:
    """Return the model's name without the folders around it."""
    return Path(model).name if Path(model).is_dir() or _looks_like_folder(model) else model


def _looks_like_folder(model: str) -> bool:
    """Tell whether a name can only be meant as a folder: hub names have one slash, inside."""
    return model.startswith((os.sep, ".", "~")) or model.count("/") > 1 or (os.sep == "\\" and "\\" in model)


def _cached(name: str) -> Path | None:
    """Return the folder in which the hub's cache holds a model, or None."""
    from faster_whisper.utils import download_model

    try:
        folder = Path(download_model(name, local_files_only=True))
    except FileNotFoundError:
        return None
    except ValueError:
        raise EngineMissingError(
            "WHISPER_MODEL is neither an installed bundle such as `whisper-base`, nor a folder, nor a size such as "
            "`medium`, nor a hub name `owner/name`."
        ) from None
    return folder if (folder / _WEIGHTS).is_file() else None


def _check_folder(folder: Path) -> None:
    if (folder / MANIFEST_NAME).is_file():
        check_bundle(folder)


@lru_cache(maxsize=1)
def _loaded(model: str, is_folder: bool, device: str, compute_type: str, threads: int) -> Any:
    from faster_whisper import WhisperModel

    shown = shown_name(model)
    if is_folder:
        _check_folder(Path(model))
    try:
        return WhisperModel(
            model, device=device, compute_type=compute_type, cpu_threads=threads, local_files_only=is_folder
        )
    except OSError as error:
        # The hub's "not here and not reachable", and its HTTP errors, are all of this kind.
        raise EngineMissingError(
            f"The weights of Whisper '{shown}' are not on this machine and cannot be fetched. Check the network and "
            "the name, or set WHISPER_MODEL to a folder of weights."
        ) from error
    except (RuntimeError, ValueError) as error:
        raise EngineMissingError(
            f"Whisper '{shown}' cannot be loaded: its files are damaged, or WHISPER_DEVICE or WHISPER_COMPUTE_TYPE "
            "does not suit this machine."
        ) from error
