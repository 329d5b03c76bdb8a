"""One typed table of every limit and switch.

Values come, in this order, from the environment, from `.env`, from `config.yaml` in the working
directory, then from the defaults below. docs/configuration.md describes each one; a test compares.
In `config.yaml` the settings of `config_file.SECTIONS` may stand in a section of their own.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from emotion_clf.config_file import SectionedYaml
from emotion_clf.key_strength import is_weak
from emotion_clf.places import MODELS_DIR, PROJECT_DIR, default_instance

__all__ = ["LOOPBACK_HOSTS", "PROJECT_DIR", "YOUTUBE_HOSTS", "JobKind", "Settings", "get_settings"]

LOOPBACK_HOSTS = ("localhost", "127.0.0.1")
_ROUTE = r"^/[A-Za-z0-9/_.:~-]*$"
YOUTUBE_HOSTS = (
    "www.youtube.com",
    "youtube.com",
    "m.youtube.com",
    "music.youtube.com",
    "youtu.be",
    "www.youtube-nocookie.com",
    "youtube-nocookie.com",
)
JobKind = Literal["url", "file", "text", "call"]
_RATE: Final = r"^[1-9]\d{0,8} per (second|minute|hour|day)$"


class Settings(BaseSettings):
    """Everything an operator can set; the field's name in capitals is the environment variable."""

    model_config = SettingsConfigDict(
        env_file=".env",
        yaml_file="config.yaml",
        extra="ignore",
        env_ignore_empty=True,
        frozen=True,
        hide_input_in_errors=True,
    )

    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the web server listens on.")
    aip_http_port: int | None = Field(
        None, ge=1, le=65535, description="Port the web server listens on instead, as Vertex AI gives it."
    )
    aip_predict_route: str | None = Field(
        None,
        pattern=_ROUTE,
        description='Path that answers {"instances": […]}, as Vertex AI gives it. Unset: none. It comes before a page '
        "of ours at the same path.",
    )
    aip_health_route: str | None = Field(
        None, pattern=_ROUTE, description="Path that says whether the models are loaded, as Vertex AI gives it."
    )
    cloud_instances: int = Field(
        32, ge=1, description="Recordings and texts that one request to AIP_PREDICT_ROUTE may hold."
    )
    web_workers: int = Field(1, ge=1, description="gunicorn processes; each holds its own model.")
    web_threads: int = Field(
        16,
        ge=1,
        description="Threads of each web process; more than QUEUE_SIZE, so that pages answer while clips wait.",
    )
    stop_grace_s: float = Field(
        30.0, gt=0, description="How long requests at hand may take when the server is asked to stop, in seconds."
    )
    request_head_s: float = Field(
        10.0, gt=0, description="How long the head of a request may take to arrive, in seconds; 408 after that."
    )
    body_grace_s: float = Field(
        20.0, gt=0, description="How long the server waits for the body of a request, whatever its length, in seconds."
    )
    body_least_bytes_per_s: int = Field(
        4096, ge=1, description="What a body that takes longer has to bring in each second; 408 where it does not."
    )
    answer_stall_s: float = Field(
        30.0,
        gt=0,
        description="How long a client may take nothing of an answer, in seconds, before its connection is closed. A "
        "player that was paused asks again for the rest.",
    )
    trusted_hosts: list[str] = Field(
        default_factory=list,
        description="Host names answered, as a JSON list. Empty: this machine's own names while listening "
        "on a loopback address, any name otherwise.",
    )
    proxy_hops: int = Field(0, ge=0, description="Reverse proxies in front whose X-Forwarded-* are believed.")
    https: bool = Field(False, description="Served over HTTPS: Secure cookies with the __Host- prefix, and HSTS.")
    secret_key: str | None = Field(
        None,
        min_length=32,
        description="Signs the session cookie. Unset: generated once into the instance folder.",
    )

    auth_required: bool | None = Field(
        None,
        description="Whether the API, all below `/api/v1`, asks for a token or a key. Unset: wherever the server "
        "listens on more than a loopback address. It covers neither the pages nor the short form `/predict`, which "
        "hear clips and read texts for anybody who reaches them, within the rate limits; nor `/health`, `/docs` and "
        "AIP_PREDICT_ROUTE. Let a proxy in front ask there.",
    )
    rate_limit_storage: str = Field(
        "memory://",
        description="Where requests to the API are counted, as a URL: `memory://` for one web process, "
        "`redis://host:6379/0` where WEB_WORKERS is more than one.",
    )
    rate_limit_requests: str = Field(
        "300 per minute",
        pattern=_RATE,
        description="Requests to the API of one key or person, and of one address, such as `10 per second`: ten "
        "at once, and one more each tenth of a second. All rate limits are off where the API asks for no token.",
    )
    rate_limit_logins: str = Field(
        "10 per minute", pattern=_RATE, description="Requests for tokens and sign-ins from one address, right or wrong."
    )
    rate_limit_uploads: str = Field(
        "120 per minute",
        pattern=_RATE,
        description="Recordings that one key or person sends to the API, or one browser or address to the pages.",
    )
    rate_limit_urls: str = Field(
        "20 per hour", pattern=_RATE, description="Addresses that one key or person has fetched through the API."
    )
    rate_limit_explanations: str = Field(
        "60 per minute",
        pattern=_RATE,
        description="Answers, of a clip, a window of a call or a sentence, that one browser or address has explained "
        "by the pages.",
    )
    webhook_hosts: list[str] = Field(
        default_factory=list,
        description="Hosts that may be told of a job's end though they are no public https ones, as a JSON list of "
        "`host:port`. Public ones always may.",
    )
    api_batch_clips: int = Field(8, ge=1, le=100, description="Clips that one request to the API may bring.")

    instance_dir: Path = Field(
        default_factory=default_instance,
        description="Folder for everything that changes: database, recordings, queue. Unset: `instance` in the "
        "checkout; where the product was installed without one, `emotion-clf` in XDG_DATA_HOME or `~/.local/share`.",
    )
    database_url: str | None = Field(None, description="SQLAlchemy URL. Unset: SQLite in the instance folder.")
    broker_url: str | None = Field(None, description="Celery broker URL. Unset: folders inside the instance folder.")

    media_url: str | None = Field(
        None,
        pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._-]+)*/?$",
        description="Where recordings and the files of jobs are, as `s3://bucket/prefix`, for several hosts. Unset: "
        "folders in the instance folder.",
    )
    media_endpoint: str | None = Field(
        None,
        pattern=r"^https?://[^/?#@]+/?$",
        description="Address of the S3-compatible server, such as `https://s3.example.org`. Unset: Amazon's.",
    )
    media_region: str | None = Field(None, description="Region of the bucket. Unset: AWS_REGION, else `us-east-1`.")
    media_path_style: bool = Field(
        True, description="Name the bucket in the path, not in the host name, of the server's address."
    )
    media_access_key_id: SecretStr | None = Field(
        None, description="Who asks for what is at MEDIA_URL. Unset: the usual AWS_* variables, or the machine's role."
    )
    media_secret_access_key: SecretStr | None = Field(None, description="The secret that belongs to it.")
    media_allow_http: bool = Field(
        False, description="Let MEDIA_ENDPOINT begin with http://: recordings then cross the network unencrypted."
    )
    media_cache_bytes: int = Field(
        2 * 1024**3,
        ge=0,
        description="Copies of what is at MEDIA_URL that one host keeps in its instance folder, in bytes; the least "
        "recently used go first, and each goes ten minutes after its last use.",
    )

    max_upload_bytes: int = Field(25 * 1024 * 1024, gt=0, description="Largest upload accepted, in bytes.")
    clip_min_s: float = Field(0.5, gt=0, description="Shortest clip that gets an answer, in seconds.")
    clip_max_s: float = Field(30.0, gt=0, description="Longest part of a clip that is analysed, in seconds.")
    decode_timeout_s: float = Field(20.0, gt=0, description="Wall-clock limit of one decode, in seconds.")
    decode_memory_bytes: int = Field(1024**3, gt=0, description="Address space one decoder process may take, in bytes.")
    ffmpeg_path: str | None = Field(
        None, description="The ffmpeg to run. Unset: the system's, else the one inside imageio-ffmpeg."
    )

    fetch_hosts: list[str] = Field(
        default_factory=lambda: list(YOUTUBE_HOSTS),
        description="Hosts that media may be fetched from, as a JSON list; exact names, with `:port` where it is not "
        "the usual one. Empty: nothing is fetched.",
    )
    fetch_max_bytes: int = Field(256 * 1024**2, gt=0, description="Largest file fetched from an address, in bytes.")
    fetch_max_duration_s: float = Field(
        7200.0, gt=0, description="Longest sound or video fetched from an address, in seconds."
    )
    fetch_timeout_s: float = Field(
        300.0, gt=0, description="Wall-clock limit of fetching one address, all attempts together, in seconds."
    )
    fetch_stall_s: float = Field(
        20.0, gt=0, description="Silence of the other side after which a connection is given up, in seconds."
    )
    fetch_attempts: int = Field(
        3, ge=1, description="How often an address is tried where the network fails; nothing else is tried again."
    )
    fetch_memory_bytes: int = Field(1024**3, gt=0, description="Address space one fetching process may take, in bytes.")
    fetch_caption_languages: list[str] = Field(
        default_factory=lambda: ["en"],
        description="Languages of captions preferred where there are several, as a JSON list, best first.",
    )
    fetch_allow_private_addresses: bool = Field(
        False,
        description="For tests only: fetch from 127.0.0.1 too. Refused with HTTPS and on any address but loopback.",
    )

    models_dir: Path = Field(MODELS_DIR, description="Folder of installed bundles. Unset: those that come with it.")
    model: str = Field("embedded", description="Name of the bundle used where none is asked for.")
    hubert_model: str | None = Field(
        None, description="Folder or hub name that replaces the HuBERT encoder named in a bundle."
    )
    hubert_revision: str | None = Field(
        None, description="Revision of the HuBERT encoder on the hub. Unset: the bundle's."
    )
    hub_offline: bool = Field(False, description="Never ask the model hub; use local folders and its cache only.")
    model_threads: int = Field(2, ge=1, description="Processor threads of one inference.")
    queue_size: int = Field(
        8,
        ge=0,
        description="Clips that may wait behind the one at work in each web process; beyond it the answer is 503.",
    )

    call_max_s: float = Field(10_800.0, gt=0, description="Longest call analysed, in seconds; a longer one is refused.")
    call_max_bytes: int = Field(512 * 1024**2, gt=0, description="Largest recording of a call accepted, in bytes.")
    call_window_s: float = Field(
        3.0, ge=1, le=10, description="Length of the windows into which a call is cut, in seconds."
    )
    call_hop_s: float = Field(
        3.0,
        ge=0.5,
        le=10,
        description="From the start of one window of a call to the start of the next, in seconds; no more than that.",
    )
    call_recording_h: float = Field(
        24.0,
        ge=0,
        description="Hours the sound of an analysed call is stored, to be played beside its timeline. 0: until the "
        "call is deleted.",
    )
    call_waiting: int = Field(
        3, ge=1, description="Calls of one browser that may wait or be at work at once; further ones are refused."
    )
    call_agent_emotion: bool = Field(
        False,
        description="Judge the emotion of the agent's voice too. Off: only the customer's is. Inferring employees' "
        "emotions from their voices is prohibited in the EU, but for medical or safety reasons.",
    )

    transcription_method: Literal["auto", "whisper", "assemblyai", "captions"] = Field(
        "auto",
        description="What writes down speech. `auto`: captions where they are given, else Whisper; AssemblyAI is used "
        "only by name, because it sends the recording away.",
    )
    transcription_max_s: float = Field(
        3600.0, gt=0, description="Longest part of a recording that is transcribed, in seconds."
    )
    transcription_timeout_s: float = Field(
        7200.0, gt=0, description="Wall-clock limit of one transcription, in seconds."
    )
    whisper_model: str = Field(
        "whisper-base",
        description="Which Whisper: a bundle in the folder `transcription` of MODELS_DIR, or a size such as `medium`, "
        "a hub name or a folder of weights (CTranslate2), as faster-whisper takes it.",
    )
    whisper_device: Literal["auto", "cpu", "cuda"] = Field("cpu", description="Where Whisper computes.")
    whisper_compute_type: str = Field("int8", description="Number format of Whisper's weights, a CTranslate2 name.")
    assemblyai_api_key: SecretStr | None = Field(
        None, description="Key for AssemblyAI, which is used only where TRANSCRIPTION_METHOD or a request names it."
    )
    assemblyai_base_url: str = Field(
        "https://api.assemblyai.com",
        description="Address of AssemblyAI's HTTP API; `https://api.eu.assemblyai.com` keeps recordings in the EU.",
    )
    assemblyai_speech_models: list[str] = Field(
        default=["universal-3-5-pro", "universal-2"],
        description="AssemblyAI's models in order of preference, as a JSON list.",
    )
    assemblyai_speakers: bool = Field(True, description="Let AssemblyAI tell speakers apart.")
    assemblyai_redact_pii: bool = Field(
        False, description="Let AssemblyAI take personal data out of its transcripts, names included."
    )
    redaction_regions: list[str] = Field(
        default=["US", "GB"],
        description="Countries whose national phone numbers are redacted, as a JSON list of ISO codes; "
        "international ones are always.",
    )

    speaker_count: int | None = Field(
        None,
        ge=1,
        le=20,
        description="How many speakers a recording has whose speakers are told apart. Unset: found out.",
    )
    redaction_engine: Literal["patterns", "presidio"] = Field(
        "patterns",
        description="What looks for personal data where redaction is asked for. `presidio` knows more patterns, and "
        "needs `pip install 'emotion-clf[presidio]'`; neither finds names.",
    )

    text_model: str = Field("embedded", description="Name of the text bundle used where none is asked for.")
    text_max_bytes: int = Field(
        256 * 1024,
        gt=0,
        description="Longest text analysed, in bytes of UTF-8; a longer one is refused. Of a list, all items together, "
        "but in Python each.",
    )
    text_max_sentences: int = Field(
        5000, ge=1, description="Most sentences of a text that is analysed; one with more is refused."
    )
    classification_confidence_threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Confidence below which a sentence's emotion is called uncertain. Unset: the text bundle's own.",
    )
    classification_batch_size: int = Field(32, ge=1, le=1024, description="Sentences classified in one go.")
    classification_context: bool = Field(
        False,
        description="Let a text model look at the sentences around each, within a turn of speech. Off: in dialogue it "
        "made answers worse, and sentences took on the emotion of their neighbours.",
    )
    emolex_path: Path | None = Field(
        None,
        description="Your own copy of the NRC Emotion Lexicon, which may not be passed on, in place of the lexicon "
        "shipped: a tab-separated file of word, emotion, 0 or 1.",
    )

    worker_kinds: list[JobKind] = Field(
        default=["url", "file", "text", "call"],
        min_length=1,
        description="Kinds of jobs this worker does, as a JSON list; any worker does the clean-up between them.",
    )
    job_lease_s: float = Field(
        30.0, gt=0, description="Silence of a worker after which its job is given to another, in seconds."
    )
    job_attempts: int = Field(
        3, ge=1, description="How often a job is begun whose worker dies, before it is called failed."
    )
    job_retention_days: float = Field(
        30.0, ge=0, description="Days a finished job is stored, its media included. 0: until somebody deletes it."
    )
    event_streams: int = Field(
        6,
        ge=0,
        description="Pages of each web process that may listen to their job at once; further ones ask now and then.",
    )

    recording_retention_h: float = Field(
        24.0, ge=0, description="Hours a recording kept with consent is stored. 0: recordings are never kept."
    )
    result_retention_days: float = Field(
        30.0, ge=0, description="Days an answer is stored. 0: until the one it belongs to deletes it."
    )
    consent_text: str = Field(
        "By sending something you agree that this server looks for emotions in it, and stores what the privacy page "
        "says. Send only your own voice and words, or those of people who have agreed.",
        min_length=1,
        max_length=4000,
        description="What people agree to, shown beside every way in; plain text. Its version is stored with each "
        "recording that is kept.",
    )
    keep_embeddings: bool = Field(
        True,
        description='Keep an embedding of the voice with each answer of a model that adapts, for "This is me again"; '
        "it is deleted with the answer. Off: none is kept, and that choice is not offered.",
    )
    drift_retention_days: int = Field(
        90,
        ge=0,
        description="Days for which counts of what the models answer are kept, without owners, to be compared with "
        "what they learnt from. 0: nothing is counted.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level logged. DEBUG quotes other programs' messages, which may quote what was sent."
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto",
        description="How a line of the log is written, to standard error. `auto`: readable where that is a terminal, "
        "else as JSON.",
    )
    audit_log: Path | None = Field(
        None,
        description="File in which each act of an administrator is noted, as lines of JSON. Unset: `audit.log` in the "
        "instance folder.",
    )
    metrics_host: str = Field(
        "127.0.0.1",
        description="Address on which Prometheus finds the metrics; only private addresses are answered there.",
    )
    metrics_port: int = Field(9464, ge=0, le=65535, description="Port of the metrics. 0: none are kept.")
    disk_least_bytes: int = Field(
        512 * 1024**2,
        ge=0,
        description="Free space in the instance folder below which the server says it is not ready, in bytes.",
    )

    @field_validator("instance_dir", "models_dir")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        return folder.expanduser().absolute()

    @model_validator(mode="after")
    def _windows_leave_no_gap(self) -> Self:
        if self.call_hop_s > self.call_window_s:
            raise ValueError("CALL_HOP_S must not be more than CALL_WINDOW_S: some of the call would not be heard")
        return self

    @model_validator(mode="after")
    def _media_can_be_reached(self) -> Self:
        if (self.media_endpoint or "").startswith("http://") and not self.media_allow_http:
            raise ValueError("MEDIA_ENDPOINT begins with http://: use https://, or set MEDIA_ALLOW_HTTP=true")
        if (self.media_access_key_id is None) != (self.media_secret_access_key is None):
            raise ValueError("MEDIA_ACCESS_KEY_ID and MEDIA_SECRET_ACCESS_KEY belong together: set both or neither")
        return self

    @model_validator(mode="after")
    def _strong_secret(self) -> Self:
        exposed = self.https or not self.listens_on_loopback
        if exposed and self.secret_key is not None and is_weak(self.secret_key):
            raise ValueError("SECRET_KEY can be guessed: unset it, or make another with `openssl rand -hex 32`")
        return self

    @model_validator(mode="after")
    def _private_addresses_in_tests_only(self) -> Self:
        if self.fetch_allow_private_addresses and (self.https or not self.listens_on_loopback):
            raise ValueError(
                "FETCH_ALLOW_PRIVATE_ADDRESSES is for tests: unset it, or unset HTTPS and listen on 127.0.0.1"
            )
        return self

    @cached_property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.instance_dir / 'emotion-clf.sqlite3'}"

    @property
    def asks_for_tokens(self) -> bool:
        """Whether the API answers only those who show a token or a key."""
        return not self.listens_on_loopback if self.auth_required is None else self.auth_required

    @property
    def audit_path(self) -> Path:
        """The file of administrators' acts."""
        return self.audit_log or self.instance_dir / "audit.log"

    @property
    def web_port(self) -> int:
        """The port the web server listens on."""
        return self.aip_http_port or self.port

    @property
    def listens_on_loopback(self) -> bool:
        """Whether only this machine can reach the web server."""
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")

    @property
    def answered_hosts(self) -> list[str] | None:
        """Host names the web server answers, or None for any."""
        if self.trusted_hosts:
            return list(self.trusted_hosts)
        # Flask cannot compare IPv6 addresses, so a server on ::1 answers any name.
        return list(LOOPBACK_HOSTS) if self.listens_on_loopback and ":" not in self.host else None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Add `config.yaml` behind the environment and `.env`."""
        return init_settings, env_settings, dotenv_settings, SectionedYaml(settings_cls)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
