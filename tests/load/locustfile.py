"""Mixed traffic on one server: people who look at pages, programs that send clips and texts, an admin with text jobs.

Each kind has its name in the statistics; `python -m benchmarks.load` runs this and sums it up. It needs Locust, which
is installed apart from the product.
"""

from __future__ import annotations

import itertools
import os
import random
from pathlib import Path

from locust import HttpUser, constant_pacing, task

CLIPS = sorted((Path(__file__).resolve().parents[2] / "static" / "samples").glob("*.flac"))
PAGES = ("/", "/emotion", "/text", "/models", "/static/css/app.css")
TEXTS = (
    "I am so happy that you are here!",
    "This was disgusting. I will never come back, and I shall tell everybody why.",
    "The meeting starts at nine. Bring the figures of the last month, please.",
    "I am afraid something has happened to her. She never answers. What shall we do now?",
)
LONG_TEXT = " ".join(TEXTS * 50)
JSON = {"Accept": "application/json"}


class Reader(HttpUser):
    """Looks at a page a second."""

    fixed_count = 4
    wait_time = constant_pacing(1)

    @task
    def look(self) -> None:
        self.client.get(random.choice(PAGES), name="page")


class ClipProgram(HttpUser):
    """Sends a clip of two to three seconds, again and again, and waits for the answer each time."""

    fixed_count = int(os.environ.get("CLIP_CLIENTS", "4"))
    wait_time = constant_pacing(1)
    clips = itertools.cycle([(path.name, path.read_bytes()) for path in CLIPS])

    @task
    def send(self) -> None:
        with self.client.post(
            "/emotion_predict", files={"audio": next(self.clips)}, headers=JSON, name="clip", catch_response=True
        ) as answer:
            if answer.ok and abs(sum(answer.json()["probabilities"].values()) - 1) > 1e-6:
                answer.failure("the probabilities do not sum to one")


class TextProgram(HttpUser):
    """Sends a text a second."""

    fixed_count = 4
    wait_time = constant_pacing(1)

    @task
    def send(self) -> None:
        with self.client.post(
            "/predict", json={"text": random.choice(TEXTS)}, headers=JSON, name="text", catch_response=True
        ) as answer:
            if answer.ok and not answer.json()["sentences"]:
                answer.failure("no sentence was answered")


class Administrator(HttpUser):
    """Signs in, and has a long text read in a job of its own every five seconds."""

    fixed_count = 1
    wait_time = constant_pacing(5)

    def on_start(self) -> None:
        fields = {"name": os.environ["LOAD_NAME"], "password": os.environ["LOAD_PASSWORD"]}
        self.client.post("/admin/login", data=fields, headers=JSON, name="sign in").raise_for_status()

    @task
    def have_read(self) -> None:
        self.client.post("/admin/jobs", data={"kind": "text", "text": LONG_TEXT}, headers=JSON, name="job")

    @task
    def look(self) -> None:
        self.client.get("/admin", headers=JSON, name="job list")
