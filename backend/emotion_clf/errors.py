"""Every way the product says no: one exception tree.

Each error knows its HTTP status, a stable code, and a sentence that tells the user what to do.
The sentence is written for the person who sees it; nothing in it comes from a child process,
a stack trace or a file path of the server.
"""

from __future__ import annotations

import errno
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_TRY_AGAIN_AFTER_S: Final = 10
_NOT_GIVEN: Final = frozenset({errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE})
_BROKEN_DISK: Final = frozenset({errno.EIO, errno.EROFS})
_RUNTIME_FAULTS: Final = frozenset({"Fail", "RuntimeException"})
_DISK_AWAY: Final = (
    "The disk of the server cannot be used right now. Try again; if it stays so, the operator should run "
    "`emotion-clf doctor`."
)


class EmotionError(Exception):
    """Base of all errors a user may see."""

    status: int = 500
    code: str = "internal_error"
    title: str = "Something went wrong"
    errors: tuple[dict[str, str], ...] = ()
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_s = retry_after_s


class InvalidRequestError(EmotionError):
    """The request lacks something or names something that is not there."""

    status = 400
    code = "invalid_request"
    title = "The request is incomplete"


class UnstorableError(InvalidRequestError):
    """A value that no column of the database can hold: a number beyond its range, or a text with a NUL in it."""

    status = 422
    code = "unstorable_value"
    title = "A value cannot be stored"

    def __init__(self) -> None:
        super().__init__("A value is too large a number, or holds a NUL character. Take it out and send it again.")


class NotFoundError(EmotionError):
    """Nothing here under that name, or not for this visitor."""

    status = 404
    code = "not_found"
    title = "Not found"


class TooSlowError(EmotionError):
    """A request that came more slowly than the server waits."""

    status = 408
    code = "too_slow"
    title = "The request came too slowly"


class UploadTooLargeError(EmotionError):
    """More bytes than the limit."""

    status = 413
    code = "upload_too_large"
    title = "The file is too large"


class UnsupportedAudioError(EmotionError):
    """The bytes are not one of the formats we decode."""

    status = 415
    code = "unsupported_audio"
    title = "This is not an audio file we can read"


class AudioError(EmotionError):
    """The file is of a known format, but no usable sound comes out of it."""

    status = 422
    code = "unusable_audio"
    title = "This recording cannot be used"


class UndecodableAudioError(AudioError):
    """The decoder gave up."""

    code = "undecodable_audio"


class NoAudioStreamError(AudioError):
    """A video or container without a sound track."""

    code = "no_audio_stream"


class TooShortError(AudioError):
    """Shorter than the shortest clip we answer for."""

    code = "too_short"


class TooLongError(AudioError):
    """Longer than the longest recording we answer for."""

    code = "too_long"


class SilentAudioError(AudioError):
    """Decodes well, and holds no sound at all."""

    code = "silent_audio"


class InvalidSamplesError(AudioError):
    """Decodes to values that are not numbers."""

    code = "invalid_samples"


class DecoderMissingError(EmotionError):
    """No ffmpeg to be found."""

    status = 503
    code = "decoder_missing"
    title = "The audio decoder is missing"


class DecoderFailedError(EmotionError):
    """The decoder could not start, was killed or got no processor time: nothing is known of the file."""

    status = 503
    code = "decoder_failed"
    title = "The audio decoder did not finish"


class ModelError(EmotionError):
    """A model cannot be used."""

    status = 503
    code = "model_unavailable"
    title = "The model cannot be used"


class ModelNotFoundError(EmotionError):
    """No bundle of that name is installed."""

    status = 404
    code = "model_not_found"
    title = "No such model"


class NotAdaptableError(ModelError):
    """Other clips of a voice were given to a model that was not trained to use them."""

    status = 400
    code = "model_not_adaptable"
    title = "This model does not adapt to a voice"


class ModelTamperedError(ModelError):
    """A bundle's file is not the one its manifest describes."""

    code = "model_tampered"


class ModelNotPulledError(ModelError):
    """A Git LFS pointer lies where the file should be."""

    code = "model_not_pulled"


class TranscriptionError(EmotionError):
    """What was said cannot be written down."""

    status = 503
    code = "transcription_unavailable"
    title = "The recording cannot be transcribed"


class EngineMissingError(TranscriptionError):
    """The transcription engine asked for is not installed, or its weights are not on this machine."""

    code = "transcription_engine_missing"


class TranscriptionKeyError(TranscriptionError):
    """The transcription service does not accept the key, or there is none."""

    code = "transcription_key_refused"


class TranscriptionBusyError(TranscriptionError):
    """The transcription service turns requests away for now."""

    code = "transcription_busy"


class TranscriptionFailedError(TranscriptionError):
    """The transcription service answered, and not with a transcript."""

    status = 502
    code = "transcription_failed"


class TranscriptionTimeoutError(TranscriptionError):
    """No transcript within the time allowed."""

    status = 504
    code = "transcription_timeout"


class TranscriptionCancelledError(TranscriptionError):
    """Somebody asked to stop."""

    status = 409
    code = "transcription_cancelled"
    title = "The transcription was stopped"


class CaptionsError(TranscriptionError):
    """A caption file of which no caption can be read."""

    status = 422
    code = "unusable_captions"
    title = "These captions cannot be used"


class BusyError(EmotionError):
    """More work waits than the queue may hold."""

    status = 503
    code = "busy"
    title = "The server is busy"


class TooManyCallsError(BusyError):
    """One browser has as many calls at work as it may have."""

    status = 429
    code = "too_many_calls"
    title = "Enough calls wait already"


class TextError(EmotionError):
    """The text cannot be used."""

    status = 422
    code = "unusable_text"
    title = "This text cannot be used"


class EmptyTextError(TextError):
    """Nothing but blanks."""

    code = "empty_text"


class InvalidItemError(TextError):
    """An item of a list of sentences that is no text."""

    code = "not_a_text"


class TextTooLongError(TextError):
    """More bytes than the limit."""

    status = 413
    code = "text_too_long"
    title = "The text is too long"


class NoSpeechError(TextError):
    """A recording in which nobody says anything that can be written down."""

    code = "no_speech"
    title = "Nobody speaks in this recording"


class SignInError(EmotionError):
    """Only for those who have signed in."""

    status = 401
    code = "sign_in_needed"
    title = "Sign in first"


class JobStateError(EmotionError):
    """The job is in a state that does not allow this."""

    status = 409
    code = "job_state"
    title = "Not now"


class JobLostError(EmotionError):
    """A job whose worker died too often."""

    status = 500
    code = "job_lost"
    title = "The job was given up"


class JobCancelledError(EmotionError):
    """Somebody asked to stop."""

    status = 409
    code = "job_cancelled"
    title = "The job was stopped"


class StorageError(EmotionError):
    """The database or the media folder cannot be used."""

    status = 503
    code = "storage_unavailable"
    title = "The storage cannot be used"


class DiskFullError(StorageError):
    """No room for what has to be written."""

    status = 507
    code = "disk_full"
    title = "The disk of the server is full"

    def __init__(self) -> None:
        super().__init__(
            "The disk of the server is full, so this was not done. Try again once the operator has made room."
        )

    @staticmethod
    def explains(error: OSError) -> bool:
        """Whether that is the reason of an error of the system."""
        return error.errno in {errno.ENOSPC, errno.EDQUOT}


class FetchError(EmotionError):
    """Nothing usable came from an address; this very class where no other reason is known."""

    status = 502
    code = "fetch_failed"
    title = "This address cannot be fetched"


class WebhookError(EmotionError):
    """An address that is not told of a job's end."""

    status = 422
    code = "webhook_refused"
    title = "This address cannot be told"


class NotAUrlError(FetchError):
    """The text is not a web address."""

    status = 400
    code = "not_a_url"


class SchemeNotAllowedError(FetchError):
    """An address that is neither http nor https."""

    status = 400
    code = "scheme_not_allowed"


class HostNotAllowedError(FetchError):
    """The host is not on the operator's list."""

    status = 400
    code = "host_not_allowed"


class PrivateAddressError(FetchError):
    """The address, or what it leads to, lies inside a private network."""

    status = 400
    code = "private_address"


class MediaNotFoundError(FetchError):
    """Nothing is there any more, or never was."""

    status = 422
    code = "media_not_found"


class NoMediaError(FetchError):
    """A page without sound or video."""

    status = 422
    code = "no_media"


class NoCaptionsError(FetchError):
    """Captions alone were asked for, and there are none."""

    status = 422
    code = "no_captions"


class MediaTooLongError(FetchError):
    """Plays longer than the limit."""

    status = 422
    code = "too_long"


class MediaTooLargeError(FetchError):
    """More bytes than the limit."""

    status = 413
    code = "too_large"


class LiveStreamError(FetchError):
    """Has not ended, or not begun."""

    status = 422
    code = "live_stream"


class FetchTimedOutError(FetchError):
    """The other side stalled, or the whole took too long."""

    status = 504
    code = "timed_out"


class NetworkUnreachableError(FetchError):
    """No connection, or one that broke off."""

    code = "network_unreachable"


class UnsupportedMediaError(FetchError):
    """Media in a form that cannot be read here."""

    status = 415
    code = "unsupported_media"


class NeedsLoginError(FetchError):
    """Only for those who have signed in there."""

    status = 422
    code = "needs_login"


class BlockedError(FetchError):
    """The other side refuses this server."""

    status = 422
    code = "blocked"


class FetchCancelledError(FetchError):
    """The one who asked no longer wants it."""

    status = 409
    code = "cancelled"


class StarvedError(EmotionError):
    """The machine gives no more memory, processes or open files."""

    status = 503
    code = "starved"
    title = "The server lacks what it needs"

    def __init__(self) -> None:
        super().__init__(
            "The server cannot get the memory, processes or files that this takes. Try again in a moment; if it stays "
            "so, the operator finds the cause in the log.",
            retry_after_s=_TRY_AGAIN_AFTER_S,
        )


def machine_fault(error: BaseException) -> EmotionError | None:
    """Return what a fault of the machine under the server is told as, None for one of the program's own.

    Args:
        error: what a library or the system raised.
    """
    if isinstance(error, OSError):
        if DiskFullError.explains(error):
            return DiskFullError()
        if error.errno in _BROKEN_DISK:
            return StorageError(_DISK_AWAY, retry_after_s=_TRY_AGAIN_AFTER_S)
        return StarvedError() if error.errno in _NOT_GIVEN else None
    # Named, since the runtime is imported only where a model is.
    of_runtime = type(error).__module__.startswith("onnxruntime") and type(error).__name__ in _RUNTIME_FAULTS
    return StarvedError() if of_runtime or isinstance(error, MemoryError) else None
