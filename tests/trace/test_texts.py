"""Texts to numbers, abstractly and for real."""

from typing import Any

import pytest

from kerasfix.linter import lint
from kerasfix.registry import select
from kerasfix.source import Source

SETUP = """
from tensorflow.keras.preprocessing.text import Tokenizer, text_to_word_sequence, one_hot
from tensorflow.keras.preprocessing.sequence import pad_sequences
texts = ["a b c a", "b", "c d e f g"]
tokenizer = Tokenizer(num_words=5)
tokenizer.fit_on_texts(texts)
free = Tokenizer()
free.fit_on_texts(texts)
sequences = tokenizer.texts_to_sequences(texts)
"""
EXPRESSIONS = """
tokenizer.texts_to_matrix(texts)
tokenizer.texts_to_matrix(texts, mode="count")
tokenizer.texts_to_matrix(texts, "tfidf")
tokenizer.sequences_to_matrix(sequences, mode="freq")
free.texts_to_matrix(texts)
sequences
pad_sequences(sequences, maxlen=7)
pad_sequences(sequences)
pad_sequences(sequences, maxlen=2, padding="post")
pad_sequences(sequences, maxlen=2, dtype="float32")
pad_sequences(sequences, maxlen=3)[0]
len(free.word_index) + 1
free.word_index
text_to_word_sequence("a b")
one_hot("a b", 10)
"""


@pytest.mark.keras
@pytest.mark.parametrize("expression", EXPRESSIONS.strip().splitlines())
def test_nothing_wrong_is_said(compare, expression: str) -> None:
    compare(f"{SETUP}result = {expression}")


@pytest.mark.parametrize(
    ("expression", "width"),
    [("tokenizer.texts_to_matrix(texts)", 5), ("pad_sequences(sequences, maxlen=7)", 7)],
)
def test_widths_are_known(abstract, expression: str, width: Any) -> None:
    assert abstract(f"{SETUP}result = {expression}").spec.shape[1] == width


def test_one_text_is_no_batch() -> None:
    text = f"""{SETUP}
import keras
x = tokenizer.texts_to_matrix(texts)
model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(2, activation="softmax")])
model.predict(x[0])
"""
    assert [finding.code for finding in lint(Source("x.py", text), select(("KF2",)))] == ["KF209"]
    assert lint(Source("x.py", text.replace("x[0]", "x[:1]")), select(("KF2",))) == []
