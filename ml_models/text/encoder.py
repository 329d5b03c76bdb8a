"""The pre-trained encoder and its tokenizer, with the vocabulary that is needed."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch

from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenizers import Tokenizer

    from ml_models.text.recipe import EncoderRecipe, VocabularyRecipe

_PACKAGE: Final = "package:"
_RESERVED: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


@dataclass(frozen=True, slots=True, eq=False)
class Pretrained:
    """What fine-tuning begins with.

    Attributes:
        encoder: a transformers model, ids and mask in, states out.
        tokenizer: its tokenizer.
        hidden: width of its states.
        layers: how many it has.
    """

    encoder: Any
    tokenizer: Tokenizer
    hidden: int
    layers: int


def load_pretrained(recipe: EncoderRecipe, texts: Sequence[str], *, offline: bool = True) -> Pretrained:
    """Load an encoder and prune its vocabulary to what the texts need.

    Args:
        recipe: which one, and how it is pruned.
        texts: normalised training texts.
        offline: whether only this machine's folders and cache are looked at.

    Raises:
        TrainingDataError: its weights are not here.
    """
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    source = _folder(recipe.source)
    options = {"revision": recipe.revision, "local_files_only": offline}
    try:
        config = AutoConfig.from_pretrained(source, **options)
        extra = {"add_pooling_layer": False} if config.model_type == "bert" else {}
        encoder = AutoModel.from_pretrained(source, dtype=torch.float32, **options, **extra)
        tokenizer = AutoTokenizer.from_pretrained(source, **options).backend_tokenizer
    except (OSError, ValueError, AttributeError) as error:
        raise TrainingDataError(
            f"The encoder '{recipe.source}' cannot be loaded: give a folder with its weights and a fast tokenizer by "
            "--encoder, or let --online fetch it."
        ) from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    if recipe.vocabulary is not None:
        tokenizer = _prune(encoder, tokenizer, recipe.vocabulary, texts)
    return Pretrained(encoder, tokenizer, config.hidden_size, config.num_hidden_layers)


def _folder(source: str) -> str:
    """The folder of an installed package where the source names one; else the source."""
    if not source.startswith(_PACKAGE):
        return source
    package, _, inside = source.removeprefix(_PACKAGE).partition("/")
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise TrainingDataError(
            f"The weights come in the Python package '{package}', which is not installed; `make train-text` does that."
        )
    return str(Path(next(iter(spec.submodule_search_locations))) / inside)


def _prune(encoder: Any, tokenizer: Tokenizer, recipe: VocabularyRecipe, texts: Sequence[str]) -> Tokenizer:
    """Keep the pieces that are common, that the texts use, and every single ASCII character to spell the rest."""
    from tokenizers import Tokenizer

    description = json.loads(tokenizer.to_str())
    if description["model"]["type"] != "WordPiece":
        raise TrainingDataError("Only a WordPiece vocabulary can be pruned; set encoder.vocabulary to null.")
    vocabulary: dict[str, int] = description["model"]["vocab"]
    kept = sorted(_needed(vocabulary, tokenizer, recipe, texts))
    place = {old: new for new, old in enumerate(kept)}
    description["model"]["vocab"] = {piece: place[old] for piece, old in vocabulary.items() if old in place}
    for token in description["added_tokens"]:
        token["id"] = place[token["id"]]
    for token in description["post_processor"]["special_tokens"].values():
        token["ids"] = [place[old] for old in token["ids"]]
    embeddings = encoder.get_input_embeddings()
    smaller = torch.nn.Embedding(len(kept), embeddings.embedding_dim, padding_idx=place[vocabulary["[PAD]"]])
    with torch.no_grad():
        smaller.weight.copy_(embeddings.weight[kept])
    encoder.set_input_embeddings(smaller)
    encoder.config.vocab_size = len(kept)
    return Tokenizer.from_str(json.dumps(description))


def _needed(
    vocabulary: dict[str, int], tokenizer: Tokenizer, recipe: VocabularyRecipe, texts: Sequence[str]
) -> set[int]:
    counts = Counter(piece for text in tokenizer.encode_batch(list(texts)) for piece in text.ids)
    needed = {piece for piece, count in counts.items() if count >= recipe.least_count}
    spelling = {old for piece, old in vocabulary.items() if len(piece.removeprefix("##")) == 1 and piece.isascii()}
    named = {old for piece, old in vocabulary.items() if old < recipe.common and not piece.startswith("[unused")}
    return needed | spelling | named | {vocabulary[piece] for piece in _RESERVED}
