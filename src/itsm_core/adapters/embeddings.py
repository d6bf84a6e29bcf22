"""Nearness in meaning, by sentence embeddings: candidates and evidence that share no word.

Needs the extra `embeddings` (numpy; onnxruntime and tokenizers for `OnnxEncoder`) and a model of
your own choice. Any object with `name` and `encode(texts)` is an encoder: models of model2vec and
sentence-transformers need only a name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, cast

import numpy as np

from itsm_core.errors import InvalidValue, NotFound, StoreUnavailable
from itsm_core.ids import TicketId
from itsm_core.linking import SemanticView, TicketText
from itsm_core.ports import checked_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["EmbeddedTexts", "Encoder", "OnnxEncoder", "written"]

_MOST_CHARACTERS: Final = 3_000
_MOST_TOKENS: Final = 128
"""A report says what it is about at its beginning; twice as many tokens cost twice the time."""
_BATCH: Final = 16
_WEIGHT: Final = 3.3
_NEUTRAL: Final = 0.35
"""Weight and neutral point of a small general model (384 dimensions), learned on the older half of
one public tracker; another model wants its own."""
_AGE_COST: Final = 0.03
"""Cosine lost with each unit of ln(1 + days) while candidates are chosen: of two as near in
meaning, the younger is likelier."""
_DAY_US: Final = 86_400_000_000
_LEAST_ROOM: Final = 1_024


class Encoder(Protocol):
    """Turn texts into vectors of one length; equal texts give equal vectors.

    >>> from itsm_core.adapters.embeddings import Encoder
    >>> class ByTopic:
    ...     name = "topics-1"
    ...
    ...     def encode(self, texts):
    ...         return [[1.0, 0.0] if "mail" in text.lower() else [0.0, 1.0] for text in texts]
    >>> def nearness(encoder: Encoder, one: str, other: str) -> float:
    ...     first, second = encoder.encode([one, other])
    ...     return sum(a * b for a, b in zip(first, second, strict=True))
    >>> nearness(ByTopic(), "No mail", "Mailbox is full"), nearness(ByTopic(), "No mail", "Printer")
    (1.0, 0.0)
    """

    @property
    def name(self) -> str:
        """Return the model's name with its version."""
        ...

    def encode(self, texts: Sequence[str], /) -> Sequence[Sequence[float]] | NDArray[np.float32]:
        """Return one vector for each text, in order; they need not be of length one."""
        ...


def written(text: TicketText) -> str:
    """Return what an encoder reads of a ticket: its title, then the beginning of its body.

    >>> from itsm_core.adapters.embeddings import written
    >>> from itsm_core.linking import TicketText
    >>> written(TicketText(ticket_id="INC-1", at=0, title="No mail", body="Since this morning"))
    'No mail. Since this morning'
    """
    return f"{text.title}. {text.body[:_MOST_CHARACTERS]}"


class EmbeddedTexts:
    """Keep the vectors of tickets: a source of candidates, and a measure of nearness.

    Give it to a linker twice, with the model that was learned with such a view:
    `Linker(index, model=MEANING_MODEL, sources=[texts], views=[texts.view()])`. Comparing is brute
    force, some milliseconds among 30,000; what costs is encoding, tens of milliseconds a
    text without a graphics card. A vector takes four bytes a dimension.

    >>> from itsm_core.adapters.embeddings import EmbeddedTexts
    >>> from itsm_core.linking import TicketText
    >>> class ByTopic:
    ...     name = "topics-1"
    ...
    ...     def encode(self, texts):
    ...         return [[1.0, 0.0] if "mail" in text.lower() else [0.0, 1.0] for text in texts]
    >>> texts = EmbeddedTexts(ByTopic())
    >>> texts.add(TicketText(ticket_id="INC-1", at=0, title="Mailbox is full"))
    >>> texts.add(TicketText(ticket_id="INC-2", at=0, title="Printer jams"))
    >>> asked = TicketText(ticket_id="INC-3", at=0, title="No mail")
    >>> texts.candidates(asked, limit=1), texts.similarities(asked, ["INC-1", "INC-2"])
    (['INC-1'], [1.0, 0.0])
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._places: dict[TicketId, int] = {}
        self._ids: list[TicketId] = []
        self._vectors: NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)
        self._days: NDArray[np.float64] = np.zeros(0, dtype=np.float64)

    def __len__(self) -> int:
        return len(self._places)

    def add(self, *texts: TicketText) -> None:
        """Add tickets, or replace them; together they are encoded faster than one by one.

        Raises:
            InvalidValue: the encoder gave another number or length of vectors than before, or one
                that is not finite.
        """
        if not texts:
            return
        vectors = self._encoded([written(each) for each in texts])
        for text, vector in zip(texts, vectors, strict=True):
            place = self._places.get(text.ticket_id)
            if place is None:
                place = self._places[text.ticket_id] = len(self._ids)
                self._ids.append(text.ticket_id)
            self._make_room(len(self._ids), len(vector))
            self._vectors[place] = vector
            self._days[place] = text.at_us / _DAY_US

    def remove(self, ticket_id: TicketId) -> None:
        """Forget a ticket; the last one takes its place.

        Raises:
            NotFound: it is not there.
        """
        if ticket_id not in self._places:
            raise NotFound("embedded text", ticket_id, "add it first")
        place, last = self._places.pop(ticket_id), self._ids.pop()
        if last != ticket_id:
            self._ids[place] = last
            self._places[last] = place
            self._vectors[place] = self._vectors[len(self._ids)]
            self._days[place] = self._days[len(self._ids)]

    def candidates(self, text: TicketText, /, *, limit: int) -> list[TicketId]:
        """Return the ids nearest in meaning, less for their age; equal ones in order of ids.

        Raises:
            InvalidValue: the limit is no whole number above 0, or the encoder gave no vector.
        """
        checked_number("how many candidates", limit, least=1)
        vector = self._vector(text)
        size = len(self._ids)
        if not size:
            return []
        near = self._vectors[:size] @ vector
        near -= _AGE_COST * np.log1p(np.abs(self._days[:size] - text.at_us / _DAY_US))
        wanted = min(limit + 1, size)
        # Rounded: the order must not hang on the last bit of a sum that a library orders.
        scores = np.round(near, 5)
        floor = np.partition(scores, size - wanted)[size - wanted]
        best = [(-float(scores[n]), self._ids[n]) for n in np.flatnonzero(scores >= floor)]
        found = [ticket_id for _, ticket_id in sorted(best) if ticket_id != text.ticket_id]
        return found[:limit]

    def similarities(self, text: TicketText, tickets: Sequence[TicketId], /) -> list[float | None]:
        """Return the cosine with each ticket, to five digits; None for one that is not there."""
        vector = self._vector(text)
        known = [self._places[each] for each in tickets if each in self._places]
        near = iter((self._vectors[known] @ vector).tolist() if known else ())
        return [round(next(near), 5) if each in self._places else None for each in tickets]

    def view(self, *, weight: float = _WEIGHT, neutral: float = _NEUTRAL) -> SemanticView:
        """Return this nearness as evidence; the defaults suit small general models."""
        return SemanticView(name="meaning", source=self, weight=weight, neutral=neutral)

    def _vector(self, text: TicketText) -> NDArray[np.float32]:
        place = self._places.get(text.ticket_id)
        row = self._vectors[place] if place is not None else self._encoded([written(text)])[0]
        return cast("NDArray[np.float32]", row)

    def _encoded(self, texts: list[str]) -> NDArray[np.float32]:
        found = np.asarray(self._encoder.encode(texts), dtype=np.float32)
        if found.ndim != 2 or len(found) != len(texts) or not np.isfinite(found).all():
            raise InvalidValue(
                f"encoder {self._encoder.name!r} gave no vector for each text",
                found.shape,
                "check the model: one row of finite numbers for each text is wanted",
            )
        if len(self._vectors) and found.shape[1] != self._vectors.shape[1]:
            raise InvalidValue(
                f"encoder {self._encoder.name!r} gave vectors of another length",
                found.shape[1],
                f"use the model that gave {self._vectors.shape[1]} numbers, or begin anew",
            )
        lengths = np.sqrt((found * found).sum(axis=1, keepdims=True))
        lengths[lengths == 0.0] = 1.0  # a text without meaning is near nothing
        return np.asarray(found / lengths, dtype=np.float32)

    def _make_room(self, number: int, size: int) -> None:
        """Double the room when it is full: adding one costs the same on average, always."""
        if number <= len(self._vectors):
            return
        room = max(_LEAST_ROOM, 2 * len(self._vectors))
        vectors = np.zeros((room, size), dtype=np.float32)
        days = np.zeros(room, dtype=np.float64)
        if len(self._vectors):  # none have no length yet that could be copied
            vectors[: len(self._vectors)] = self._vectors
            days[: len(self._days)] = self._days
        self._vectors, self._days = vectors, days


# What is used of the two libraries: neither has types of its own that a strict checker can read.


class _Named(Protocol):
    name: str


class _Session(Protocol):
    def get_inputs(self) -> Sequence[_Named]: ...

    def run(
        self, outputs: None, given: Mapping[str, NDArray[np.int64]], /
    ) -> Sequence[NDArray[np.float32]]: ...


class _Onnx(Protocol):
    def InferenceSession(self, path: str, /) -> _Session: ...  # noqa: N802 - its name


class _Encoding(Protocol):
    ids: list[int]


class _Tokenizer(Protocol):
    def enable_truncation(self, length: int, /) -> None: ...

    def no_padding(self) -> None: ...

    def encode_batch(self, texts: list[str], /) -> Sequence[_Encoding]: ...


class _Tokenizers(Protocol):
    def from_file(self, path: str, /) -> _Tokenizer: ...


class _Tokens(Protocol):
    Tokenizer: _Tokenizers


class OnnxEncoder:
    """Encode with a sentence model in ONNX format and its tokenizer, on the processor.

    The model takes `input_ids` and `attention_mask`, and gives a vector for each token; their mean
    is the text's (as in all-MiniLM-L6-v2). Files are read from disk alone.

    Raises:
        StoreUnavailable: a file is missing or is no model, or the extra is not installed.

    >>> from itsm_core.adapters.embeddings import OnnxEncoder
    >>> OnnxEncoder("all-MiniLM-L6-v2.onnx", "tokenizer.json")  # two files that you have fetched
    Traceback (most recent call last):
    itsm_core.errors.StoreUnavailable: store all-MiniLM-L6-v2.onnx: is not there; ...
    """

    def __init__(self, model: str | Path, tokenizer: str | Path, *, name: str = "") -> None:
        try:
            onnx = cast("_Onnx", import_module("onnxruntime"))
            tokens = cast("_Tokens", import_module("tokenizers"))
        except ImportError as error:
            remedy = "pip install '.[embeddings]' in a checkout of itsm-core"
            raise StoreUnavailable(str(model), f"needs {error.name}", remedy) from error
        for path in (model, tokenizer):
            if not Path(path).is_file():
                raise StoreUnavailable(str(path), "is not there", "name the model's files")
        try:
            self._session = onnx.InferenceSession(str(model))
            self._tokenizer = tokens.Tokenizer.from_file(str(tokenizer))
        except Exception as error:  # onnxruntime and tokenizers raise bare exceptions of their own
            remedy = "name a sentence model in ONNX format and its tokenizer.json"
            raise StoreUnavailable(str(model), f"cannot be read ({error})", remedy) from error
        self._tokenizer.enable_truncation(_MOST_TOKENS)
        self._tokenizer.no_padding()
        self._inputs = [each.name for each in self._session.get_inputs()]
        self.name: str = name or Path(model).stem

    def encode(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Return the mean of each text's token vectors; batches are of texts of like length."""
        tokens = [each.ids for each in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(tokens)), key=lambda n: (len(tokens[n]), n))
        parts: dict[int, NDArray[np.float32]] = {}
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            parts.update(zip(batch, self._means([tokens[n] for n in batch]), strict=True))
        return np.stack([parts[n] for n in range(len(tokens))])

    def _means(self, batch: Sequence[Sequence[int]]) -> list[NDArray[np.float32]]:
        width = max(1, *(len(each) for each in batch))
        ids = np.zeros((len(batch), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, each in enumerate(batch):
            ids[row, : len(each)] = each
            mask[row, : len(each)] = 1
        given = {
            "input_ids": ids,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(ids),
        }
        vectors = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        weights = mask[..., None].astype(np.float32)
        means = (vectors * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1.0)
        return list(np.asarray(means, dtype=np.float32))
