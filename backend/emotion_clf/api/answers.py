"""What is answered, as the document describes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from emotion_clf.api.schemas import Kind, Scope, State
from emotion_clf.belongings.holdings import HoldingKind

Share = dict[str, float]


class Told(BaseModel):
    """An answer; what is not described here is not told."""

    model_config = ConfigDict(extra="forbid")


class FieldProblem(Told):
    """What is wrong with one field."""

    where: Literal["body", "query", "path", "header"] = Field(alias="in")
    field: str
    message: str


class Problem(Told):
    """Problem details as in RFC 9457."""

    type: str
    title: str
    status: int
    code: str = Field(description="Stable name of the cause, for programs.")
    detail: str = Field(description="What happened and what to do, for people.")
    request_id: str | None = Field(description="The number under which the server's log tells of it.")
    errors: list[FieldProblem] | None = Field(None, description="Each field that will not do.")


class TokenPair(Told):
    """An access token for 15 minutes, and a refresh token for 30 days."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds for which the access token counts.")
    scopes: list[Scope]


class ModelName(Told):
    """The model that answered."""

    name: str
    version: str


class Warned(Told):
    """A reason to trust the answer less."""

    code: str
    message: str


class Analysis(Told):
    """The emotion of a clip."""

    id: str
    created_at: datetime
    source_name: str
    label: str
    confidence: float
    margin: float
    probabilities: Share
    uncertain: bool
    adapted_to_clips: int
    warnings: list[Warned]
    model: ModelName
    duration_s: float
    timings_ms: Share
    recording_expires_at: datetime | None
    consent: str | None = Field(description="Version of the text agreed to, where the recording was kept.")


class BatchItem(Told):
    """What became of one clip of several: an analysis or a problem."""

    file_name: str
    analysis: Analysis | None
    problem: Problem | None


class Batch(Told):
    """What became of several clips, in the order sent."""

    items: list[BatchItem]


class Feedback(Told):
    """What was said of an answer."""

    right: bool
    correction: str | None
    predicted: str
    created_at: datetime


class WindowFeedback(Feedback):
    """What was said of a window's answer."""

    window: int = Field(description="Its place in the call's timeline.windows, from 0.")


class WindowFeedbackList(Told):
    """What was said of a call, in its order."""

    items: list[WindowFeedback]


class AnalysisPage(Told):
    """Some of the analyses."""

    items: list[Analysis]
    page: int
    pages: int
    total: int


class ReadSentence(Told):
    """A sentence and its emotion."""

    position: int
    text: str
    emotion: str
    confidence: float
    uncertain: bool
    sub_emotion: str | None
    intensity: str | None
    probabilities: Share
    sub_emotions: Share


class SpokenSentence(ReadSentence):
    """A sentence of a source, with its place in the recording."""

    start_s: float | None
    end_s: float | None
    speaker: str | None
    translation: str | None
    emotion_from: Literal["words", "translation"]


class WrittenSentence(ReadSentence):
    """A sentence of a text, with its language where that is not the model's."""

    language: str | None = Field(
        description="ISO 639-1 code of another language than English, which the model does not read: its answer is "
        "then uncertain. Null for English, and where the text is too short to tell."
    )


class ReadText(Told):
    """The sentences of a text with their emotions."""

    sentences: list[WrittenSentence]
    notes: list[str] = Field(
        description="Sentences for people on how far to trust the answers: another language, or addresses alone."
    )
    emotions: dict[str, int]
    model: ModelName
    timings_ms: Share


class StepState(Told):
    """One step of a job."""

    name: str
    state: Literal["waiting", "running", "done", "failed", "skipped", "cancelled"]
    progress: float | None
    started_at: datetime | None
    ended_at: datetime | None
    message: str


class JobError(Told):
    """Why a job failed."""

    code: str
    message: str | None


class JobLinks(Told):
    """Where to look next."""

    self: str
    result: str | None = None


class Job(Told):
    """A source or a call that somebody sent."""

    id: str
    kind: Kind
    source: str
    options: dict[str, Any]
    title: str
    state: State
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    revision: int
    attempt: int
    cancel_requested: bool
    error: JobError | None
    steps: list[StepState]
    summary: dict[str, Any] | None
    consent: str | None = Field(description="Version of the text agreed to, where a page showed one.")
    links: JobLinks


class ShortJob(Told):
    """A source that was sent to the short form."""

    model_config = ConfigDict(extra="allow")

    id: str
    kind: Kind
    title: str
    state: State
    links: JobLinks


class HeardShortly(Told):
    """The emotion of a clip, in the shortest form."""

    emotion: str
    confidence: float
    all_emotions: Share
    filename: str


class Alive(Told):
    """That the process answers."""

    status: Literal["ok"]


class JobPage(Told):
    """Some of the jobs."""

    items: list[Job]
    page: int
    pages: int
    total: int


class Result(Told):
    """What came of a job: sentences, or what is known of a call."""

    id: str
    title: str
    kind: Kind
    summary: dict[str, Any]
    sentences: list[SpokenSentence] | None = Field(None, description="Of a source of words.")
    call: dict[str, Any] | None = Field(
        None, description="Of a call: timeline, path, interaction, score and moments; see the guide."
    )


class Holding(Told):
    """Things of one kind that are stored of the one who asks."""

    kind: HoldingKind
    count: int
    gone_by: datetime | None = Field(description="When the last of them is deleted by itself; null where unknown.")


class Me(Told):
    """Who asks, what they may do, and what there is of them."""

    owner: str
    scopes: list[Scope]
    holdings: list[Holding]


class WebhookSecret(Told):
    """What the news of ended jobs is signed with."""

    secret: str


class ModelCard(Told):
    """An installed model."""

    name: str
    version: str
    kind: Literal["speech", "text"]
    title: str
    description: str
    labels: list[str]
    licence: str
    default: bool
    scores: dict[str, Any]


class ModelList(Told):
    """The installed models."""

    items: list[ModelCard]
