"""What the pages need, made once per process and found through the running app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app

from emotion_clf.belongings import Belongings
from emotion_clf.pipeline import ClipAnalyser
from emotion_clf.pipeline.texts import TextAnalyser
from emotion_clf.pipeline.why import WhyAnalyser
from emotion_clf.speech import ModelRegistry
from emotion_clf.storage import (
    AdminStore,
    AnalysisStore,
    CallStore,
    Database,
    DriftWatch,
    FeedbackStore,
    JobStore,
    ObservationStore,
    Observer,
    ShareStore,
    open_jobs,
    open_store,
)
from emotion_clf.storage.consents import Consents
from emotion_clf.text.registry import TextModelRegistry

if TYPE_CHECKING:
    from emotion_clf.settings import Settings

_KEY = "emotion_clf"


@dataclass(frozen=True, slots=True)
class Services:
    """The rooms behind the pages."""

    settings: Settings
    database: Database
    models: ModelRegistry
    analyser: ClipAnalyser
    why: WhyAnalyser
    analyses: AnalysisStore
    text_models: TextModelRegistry
    texts: TextAnalyser
    consents: Consents
    jobs: JobStore
    calls: CallStore
    shares: ShareStore
    feedback: FeedbackStore
    admins: AdminStore
    belongings: Belongings
    observer: Observer
    drift: DriftWatch

    @classmethod
    def make(cls, settings: Settings) -> Services:
        """Wire the rooms together; no model is loaded and nothing connects yet."""
        database = Database(settings.database)
        models = ModelRegistry(settings)
        text_models = TextModelRegistry(settings)
        observations = ObservationStore(database, settings)
        return cls(
            settings,
            database,
            models,
            ClipAnalyser(models, settings),
            WhyAnalyser(models, settings),
            open_store(settings, database),
            text_models,
            TextAnalyser(text_models, settings),
            Consents(database),
            open_jobs(settings, database),
            CallStore(database, settings),
            ShareStore(database),
            FeedbackStore(database),
            AdminStore(database),
            Belongings(settings, database),
            Observer(observations),
            DriftWatch(observations, models, text_models),
        )


def services() -> Services:
    """The services of the running app."""
    return cast("Services", current_app.extensions[_KEY])


def set_services(extensions: dict[str, object], made: Services) -> None:
    """Put the services where `services` finds them."""
    extensions[_KEY] = made
