"""A text bundle at work: encoder, features, heads and linear model, added up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emotion_clf.bundles import Graphs, Reference, check_file, reference_of
from emotion_clf.monitoring import clocked
from emotion_clf.text.emotion import Cue, TextEmotion
from emotion_clf.text.encoder import SentenceEncoder, load_tokenizer
from emotion_clf.text.explain import visible_words
from emotion_clf.text.features import FeatureExtractor
from emotion_clf.text.heads import Heads, HeadScores
from emotion_clf.text.intensity import BASE, intensity_of
from emotion_clf.text.lexicon import Lexicon
from emotion_clf.text.manifest import EmotionStack, SubEmotionStack, TextManifest
from emotion_clf.text.normalise import meant, normalise, readable
from emotion_clf.text.parts import in_parts
from emotion_clf.text.pictures import is_pictures
from emotion_clf.text.taxonomy import EMOTIONS, INTENSITIES, NEUTRAL, SUB_EMOTION_LABELS, SUB_EMOTIONS, Intensity
from emotion_clf.text.tfidf import NUMBERS_NAME, TERMS_NAME, Tfidf

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from emotion_clf.settings import Settings

    Scores = npt.NDArray[np.float64]

MEANING: Final = 0.6  # share of the reading by what emoji mean; see docs/text.md for what was measured


class TextModel:
    """A loaded text bundle. Safe to use from several threads."""

    def __init__(self, folder: Path, settings: Settings, graphs: Graphs | None = None) -> None:
        """Load and check a bundle.

        Args:
            folder: the bundle.
            settings: threads, batch size, threshold, and the user's own lexicon.
            graphs: those that are loaded already and may be shared, None for a model on its own.

        Raises:
            ModelError: it cannot be used; the message says why and what to do.
        """
        self.manifest: TextManifest = TextManifest.read(folder)
        self.reference: Reference | None = reference_of(folder, self.manifest)
        manifest, graphs = self.manifest, graphs or Graphs(settings.model_threads)
        self._encoder = SentenceEncoder(
            _graph(folder, manifest.encoder.file, manifest, graphs),
            load_tokenizer(check_file(folder, manifest.tokenizer, manifest), manifest.encoder.max_tokens),
            manifest.encoder,
            settings.classification_batch_size,
        )
        self._heads = Heads(
            _graph(folder, manifest.heads.file, manifest, graphs),
            manifest.heads.context,
            intensity=manifest.intensity == "head",
        )
        for name in (TERMS_NAME, NUMBERS_NAME):
            check_file(folder, name, manifest)
        self._tfidf = Tfidf.load(folder)
        own = settings.emolex_path
        self._features = FeatureExtractor(Lexicon.read_emolex(own) if own else Lexicon.shipped(), self._tfidf)
        threshold = settings.classification_confidence_threshold
        self._uncertain_below = manifest.uncertain_below if threshold is None else threshold

    def predict(
        self, sentences: Sequence[str], *, context: bool = True, turns: Sequence[int] | None = None
    ) -> list[TextEmotion]:
        """Say which emotion each sentence carries.

        Args:
            sentences: as they were written or said; of one text or conversation in their order, or unrelated.
            context: whether they follow one another, so that a model may look at neighbours.
            turns: number of the turn of speech each belongs to; a model looks at neighbours within the turn
                alone, since what others answer says little of the one who speaks. None: all are one.

        Returns:
            One answer for each, in their order. What else is asked in the same call changes nothing but by context.
        """
        if not sentences:
            return []
        with clocked("text", self.manifest.name):
            return self._predicted(sentences, _turns(len(sentences), context, turns))

    def _predicted(self, sentences: Sequence[str], turns: npt.NDArray[np.int64]) -> list[TextEmotion]:
        emotions, sub_emotions, degrees = self._scored(sentences, turns)
        probabilities = self._probabilities(emotions)
        sureness = 1 / (1 + np.exp(-sub_emotions))
        return [
            self._answer(text, probabilities[row], sureness[row], degrees[row]) for row, text in enumerate(sentences)
        ]

    def scores(
        self, sentences: Sequence[str], *, context: bool = True, turns: Sequence[int] | None = None
    ) -> tuple[Scores, Scores]:
        """Stacked scores of n sentences, for measuring: (n, 7) of emotions and (n, 28) of sub-emotions.

        Each label on its own, to be compared with the manifest's thresholds; a sentence may have several.
        """
        if not sentences:
            return np.zeros((0, len(EMOTIONS))), np.zeros((0, len(SUB_EMOTION_LABELS)))
        emotions, sub_emotions, _ = self._scored(sentences, _turns(len(sentences), context, turns))
        return emotions, sub_emotions

    def explain(self, sentence: str) -> tuple[Cue, ...]:
        """How much the answer for a sentence hangs on each of its words.

        Each word is left out in turn, everything else as it stands; the cue is by how much the probability of the
        answer falls. The sentence is taken on its own, without neighbours. At most `MOST_WORDS` words are tried.
        """
        words = visible_words(sentence)
        if not words:
            return ()
        tried = [sentence, *(word.without for word in words)]
        probabilities = self._probabilities(self.scores(tried, context=False)[0])
        answer = int(probabilities[0].argmax())
        effects = probabilities[0, answer] - probabilities[1:, answer]
        return tuple(Cue(one.word, one.start, float(effect)) for one, effect in zip(words, effects, strict=True))

    def _scored(
        self, sentences: Sequence[str], turns: npt.NDArray[np.int64]
    ) -> tuple[Scores, Scores, list[Intensity | None]]:
        """Return the stacked scores of each sentence, and its degree where a head tells it.

        What is too long is read in parts. What has emoji or emoticons is read twice, by their names, as in training,
        and by what people mean by them.
        """
        parts = in_parts([readable(sentence) for sentence in sentences], self._fits)
        texts = [normalise(part) for part in parts.texts]
        found = self._judge(texts, turns[parts.owners])
        emotions, sub_emotions = self._stacked(texts, found)
        meanings = {row: text for row, text in enumerate(map(meant, parts.texts)) if text != texts[row]}
        if meanings:
            rows, read = list(meanings), list(meanings.values())
            again = self._stacked(read, self._judge(read, np.arange(len(read))))
            weights = np.array([[1.0 if is_pictures(parts.texts[row]) else MEANING] for row in rows])
            emotions[rows] = (1 - weights) * emotions[rows] + weights * again[0]
            sub_emotions[rows] = (1 - weights) * sub_emotions[rows] + weights * again[1]
        degrees = [_degree(found, row) for row in parts.starts]
        return parts.strongest(emotions), parts.strongest(sub_emotions), degrees

    def _fits(self, text: str) -> bool:
        most = self.manifest.encoder.max_tokens
        if len(text) + 2 <= most and text.isascii():  # a token has a character at least, and two mark the ends
            return True
        return self._encoder.fits(normalise(text)) and self._encoder.fits(meant(text))

    def _judge(self, texts: Sequence[str], turns: npt.NDArray[np.int64]) -> HeadScores:
        return self._heads.scores(self._encoder.vectors(texts), self._features.transform(texts), turns)

    def _stacked(self, texts: Sequence[str], found: HeadScores) -> tuple[Scores, Scores]:
        stack = self.manifest.stack
        if not self.manifest.linear:
            return _weighed(stack.emotion, found.emotions), _weighed(stack.sub_emotion, found.sub_emotions)
        margins = self._tfidf.margins(texts)
        return (
            _weighed(stack.emotion, found.emotions, margins[0]),
            _weighed(stack.sub_emotion, found.sub_emotions, margins[1]),
        )

    def _probabilities(self, stacked: Scores) -> Scores:
        """(n, 7) probabilities of which emotion is the answer; each row sums to 1."""
        calibration = self.manifest.calibration
        scores = stacked / calibration.temperature + np.array(calibration.bias)
        odds: Scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))

    def _answer(self, text: str, probabilities: Scores, sureness: Scores, degree: Intensity | None) -> TextEmotion:
        emotions = _ranked(EMOTIONS, probabilities)
        labels = _ranked(SUB_EMOTION_LABELS, sureness)
        emotion, confidence = next(iter(emotions.items()))
        sub_emotion = None if emotion == NEUTRAL else max(SUB_EMOTIONS[emotion], key=labels.__getitem__)
        if self.manifest.intensity == "rule" or sub_emotion not in BASE:
            degree = intensity_of(sub_emotion, text)
        return TextEmotion(
            text=text,
            emotion=emotion,
            confidence=confidence,
            probabilities=emotions,
            uncertain=confidence < self._uncertain_below,
            sub_emotion=sub_emotion,
            sub_emotions=labels,
            intensity=degree,
        )


def _graph(folder: Path, name: str, manifest: TextManifest, graphs: Graphs) -> Any:
    return graphs.get(check_file(folder, name, manifest), manifest.files[name].sha256)


def _turns(count: int, context: bool, turns: Sequence[int] | None) -> npt.NDArray[np.int64]:
    """The turn of each sentence: those told, else one for all, or one for each where they are unrelated."""
    if not context:
        return np.arange(count)
    return np.zeros(count, dtype=np.int64) if turns is None else np.asarray(turns, dtype=np.int64)


def _weighed(
    stack: EmotionStack | SubEmotionStack,
    logits: npt.NDArray[np.float32],
    margins: npt.NDArray[np.float32] | None = None,
) -> Scores:
    linear = 0.0 if margins is None else np.array(stack.linear) * margins
    scores: Scores = np.array(stack.heads) * logits.astype(np.float64) + linear + np.array(stack.bias)
    return scores


def _degree(found: HeadScores, row: int) -> Intensity | None:
    """What the head of intensity says, where there is one."""
    return None if found.intensities is None else INTENSITIES[int(found.intensities[row].argmax())]


def _ranked(labels: Sequence[str], values: Scores) -> dict[str, float]:
    """Label → value, the largest first."""
    order = np.argsort(-values, kind="stable")
    return {labels[index]: float(values[index]) for index in order}
