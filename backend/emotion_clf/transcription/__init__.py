"""Sound or captions → transcript: engines behind one interface, sentences, redaction, exports."""

from emotion_clf.transcription.assemblyai_engine import AssemblyAIEngine
from emotion_clf.transcription.captions import CaptionsEngine, parse_captions, read_captions
from emotion_clf.transcription.choose import METHODS, choose_engine, engine_named
from emotion_clf.transcription.engine import Engine
from emotion_clf.transcription.exports import to_json, to_lines, to_srt, to_webvtt
from emotion_clf.transcription.files import transcribe_file
from emotion_clf.transcription.redaction import Redacted, RedactedTranscript, Redaction, redact, redact_transcript
from emotion_clf.transcription.resume import ChunkStore, transcribe_in_chunks
from emotion_clf.transcription.sentences import Sentence, sentences
from emotion_clf.transcription.speakers import assign_speakers
from emotion_clf.transcription.transcript import Segment, Transcript, Word
from emotion_clf.transcription.whisper_engine import WhisperEngine

__all__ = [
    "METHODS",
    "AssemblyAIEngine",
    "CaptionsEngine",
    "ChunkStore",
    "Engine",
    "Redacted",
    "RedactedTranscript",
    "Redaction",
    "Segment",
    "Sentence",
    "Transcript",
    "WhisperEngine",
    "Word",
    "assign_speakers",
    "choose_engine",
    "engine_named",
    "parse_captions",
    "read_captions",
    "redact",
    "redact_transcript",
    "sentences",
    "to_json",
    "to_lines",
    "to_srt",
    "to_webvtt",
    "transcribe_file",
    "transcribe_in_chunks",
]
