"""What the news of ended jobs is signed with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion_clf.api import answers
from emotion_clf.api.area import area
from emotion_clf.api.guard import needs, principal
from emotion_clf.jobs.webhooks import webhook_secret
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = area("api_webhooks", "Jobs")


@blueprint.get("/webhooks/secret")
@needs("write")
@blueprint.output(answers.WebhookSecret)
def secret() -> ResponseReturnValue:
    """The secret of your webhooks' signatures, the same for as long as the installation keeps its own."""
    return {"secret": webhook_secret(services().settings, principal().owner)}
