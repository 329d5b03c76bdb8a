from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from emotion_clf.text.taxonomy import SUB_EMOTION_LABELS

if TYPE_CHECKING:
    from pathlib import Path

SAYINGS = {
    "joy": "i am happy and glad , what a joy",
    "anger": "i am furious , this makes me angry",
    "annoyance": "how annoying , stop it",
    "fear": "i am afraid , this is scary",
    "sadness": "i feel sad and i cry",
    "disgust": "that is gross and nasty",
    "surprise": "wow , what a surprise",
    "neutral": "the shop opens at nine",
}
WORDS = sorted({word for saying in SAYINGS.values() for word in saying.split()})
TEXTS = 160


def sayings(count: int, seed: int) -> list[tuple[str, str]]:
    """Texts of like words in random order, with their label."""
    generator = np.random.default_rng(seed)
    labels = list(SAYINGS)
    found = []
    for row in range(count):
        label = labels[row % len(labels)]
        words = SAYINGS[label].replace(" ,", "").split()
        found.append((" ".join(generator.permutation(words)[: len(words) - 1]) + ".", label))
    return found


@pytest.fixture(scope="session")
def goemotions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of the form of GoEmotions, easy to learn."""
    folder = tmp_path_factory.mktemp("goemotions")
    (folder / "original").mkdir()
    (folder / "original" / "labels.txt").write_text("\n".join(reversed(SUB_EMOTION_LABELS)) + "\n", encoding="utf-8")
    number = {label: str(index) for index, label in enumerate(reversed(SUB_EMOTION_LABELS))}
    for seed, split in enumerate(("train", "dev", "test")):
        lines = [f"{text}\t{number[label]}\tid{row}" for row, (text, label) in enumerate(sayings(TEXTS, seed))]
        (folder / "original" / f"{split}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def meld(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files of the form of MELD's."""
    folder = tmp_path_factory.mktemp("meld")
    names = {"annoyance": "anger"}
    lines = ["Sr No.,Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID"]
    for row, (text, label) in enumerate(sayings(24, 9)):
        lines.append(f'{row},"{text}",{"AABB"[row % 6 % 4]},{names.get(label, label)},{row // 6},{row % 6}')
    for name in ("dev_sent_emo.csv", "train_sent_emo.csv"):
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def intensities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the form of EI-reg's."""
    folder = tmp_path_factory.mktemp("intensities")
    lines = ["ID\tTweet\tAffect Dimension\tIntensity Score"]
    for row in range(60):
        word, score = (("slightly angry", "0.2"), ("angry", "0.6"), ("so furious and angry", "0.9"))[row % 3]
        lines.append(f"{row}\tthis makes me {word}\tanger\t{score}")
    (folder / "2018-EI-reg-En-anger-train.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two narrow layers with random weights and a WordPiece vocabulary, as a folder."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("bert")
    reserved = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = list("abcdefghijklmnopqrstuvwxyz.,")
    pieces = [*reserved, *letters, *(f"##{letter}" for letter in letters), *WORDS, "unneeded", "superfluous"]
    vocabulary = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=64, num_hidden_layers=2, num_attention_heads=2, intermediate_size=128
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_deberta(tmp_path_factory: pytest.TempPathFactory, tiny_bert: Path) -> Path:
    """A DeBERTa-v3 of two narrow layers with random weights, as a folder."""
    import shutil

    import torch
    from transformers import DebertaV2Config, DebertaV2Model

    folder = tmp_path_factory.mktemp("deberta")
    for path in tiny_bert.glob("tokenizer*"):
        shutil.copy(path, folder)
    torch.manual_seed(0)
    config = DebertaV2Config(
        vocab_size=200,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        relative_attention=True,
        position_buckets=32,
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
        type_vocab_size=0,
        max_relative_positions=-1,
    )
    DebertaV2Model(config).save_pretrained(folder)
    return folder
