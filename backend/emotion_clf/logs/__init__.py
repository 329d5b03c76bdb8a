"""What happened, line by line; never what was said: no audio, no texts, no names of people or files, no tokens."""

from emotion_clf.logs.context import bound, current_request_id, new_request_id, well_formed
from emotion_clf.logs.lines import chosen_format, configure

__all__ = ["bound", "chosen_format", "configure", "current_request_id", "new_request_id", "well_formed"]
