"""Nearness in meaning, with an encoder whose vectors are known (law K4)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from itsm_core.errors import InvalidValue, NotFound, StoreUnavailable
from itsm_core.ids import TicketId
from itsm_core.linking import MEANING_MODEL, Linker
from tests.unit.linking.texts import index_of, text

pytest.importorskip("numpy", reason="the extra 'embeddings' is not installed")

from itsm_core.adapters.embeddings import EmbeddedTexts, OnnxEncoder, written

MEANINGS = {
    "mail": (2.0, 0.0, 0.0),
    "post": (1.6, 1.2, 0.0),
    "vpn": (0.0, 0.0, 3.0),
    "blank": (0.0, 0.0, 0.0),
}


class Encoder:
    """Know the vector of each title's first word."""

    name = "known-1"

    def encode(self, texts: Sequence[str], /) -> list[tuple[float, ...]]:
        """Return the vectors."""
        return [MEANINGS[each.split(".")[0].split()[0]] for each in texts]


class Broken(Encoder):
    """Return what a test wants instead."""

    def __init__(self, *rows: tuple[float, ...]) -> None:
        self.rows = rows

    def encode(self, _texts: Sequence[str], /) -> list[tuple[float, ...]]:
        """Return the rows, whatever the texts."""
        return list(self.rows)


def embedded(*titles: str) -> EmbeddedTexts:
    """Return embedded texts whose ids are A, B, C ..."""
    found = EmbeddedTexts(Encoder())
    found.add(*(text("ABCDEFG"[n], title) for n, title in enumerate(titles)))
    return found


ASKED = text("Q", "mail")


def test_similarity_is_the_cosine() -> None:
    """(2, 0, 0) and (1.6, 1.2, 0): 3.2 / (2 * 2) = 0.8; at right angles 0; unknown None."""
    found = embedded("post", "vpn", "mail")
    tickets = [TicketId(name) for name in "ZABC"]
    assert found.similarities(ASKED, tickets) == [None, 0.8, 0.0, 1.0]


def test_similarity_of_a_text_without_meaning_is_none_at_all() -> None:
    """A vector of zeros is near nothing, and breaks nothing."""
    assert embedded("blank").similarities(ASKED, [TicketId("A")]) == [0.0]


def test_candidates_are_the_nearest_without_the_text_itself() -> None:
    """In order of nearness; equal ones in order of ids."""
    found = embedded("vpn", "post", "mail", "mail")
    assert found.candidates(ASKED, limit=3) == ["C", "D", "B"]
    assert found.candidates(text("C", "mail"), limit=1) == ["D"]


def test_younger_candidate_comes_first_when_as_near() -> None:
    """Age costs a little."""
    found = EmbeddedTexts(Encoder())
    found.add(text("A", "mail"), text("B", "mail", days=300))
    assert found.candidates(text("Q", "mail", days=301), limit=2) == ["B", "A"]


def test_nothing_is_near_when_nothing_is_there() -> None:
    """The first ticket of a desk."""
    found = EmbeddedTexts(Encoder())
    found.add()
    assert (len(found), found.candidates(ASKED, limit=5)) == (0, [])
    assert found.similarities(ASKED, [TicketId("A")]) == [None]


def test_replaced_text_has_its_new_meaning() -> None:
    """One vector a ticket."""
    found = embedded("vpn")
    found.add(text("A", "mail"))
    assert (len(found), found.similarities(ASKED, [TicketId("A")])) == (1, [1.0])


@pytest.mark.parametrize("gone", ["A", "B", "C"])
def test_removed_text_is_forgotten_and_the_others_stay(gone: str) -> None:
    """First, middle or last."""
    found = embedded("mail", "post", "vpn")
    found.remove(TicketId(gone))
    near = dict(zip("ABC", (1.0, 0.8, 0.0), strict=True))
    near.pop(gone)
    tickets = [TicketId(name) for name in near]
    assert found.similarities(ASKED, tickets) == list(near.values())
    assert gone not in found.candidates(ASKED, limit=9)


def test_room_grows_with_the_texts() -> None:
    """Beyond the first thousand nothing is lost."""
    found = EmbeddedTexts(Encoder())
    found.add(*(text(f"T{n}", "vpn") for n in range(1_500)), text("M", "mail"))
    assert found.candidates(ASKED, limit=1) == ["M"]


def test_linker_finds_what_shares_no_word() -> None:
    """By its meaning, with the evidence named."""
    found = embedded("post is late", "vpn")
    index = index_of(text("A", "post is late"), text("B", "vpn"))
    asked = text("Q", "mail delayed")
    plain = Linker(index).similar(asked)
    linker = Linker(index, model=MEANING_MODEL, sources=[found], views=[found.view()])
    best = linker.similar(asked)[0]
    assert plain == ()
    assert best.ticket_id == "A"
    assert {e.name: round(e.contribution, 3) for e in best.evidence}["meaning"] == round(
        3.3 * (0.8 - 0.35), 3
    )


def test_encoder_reads_the_title_and_the_beginning_of_the_body() -> None:
    """A megabyte of log is not read."""
    assert written(text("A", "mail", body="x" * 9_999)) == "mail. " + "x" * 3_000


@pytest.mark.parametrize(
    "rows", [(), ((1.0,), (2.0,)), ((float("nan"),),), (1.0,)], ids=["none", "two", "nan", "flat"]
)
def test_encoder_is_refused_when_it_gives_no_vector_a_text(rows: tuple[object, ...]) -> None:
    """Too few, too many, no number, no row."""
    with pytest.raises(InvalidValue, match="no vector for each text"):
        EmbeddedTexts(Broken(*rows)).add(ASKED)  # type: ignore[arg-type]


def test_encoder_is_refused_when_its_vectors_change_their_length() -> None:
    """Another model's numbers mean something else."""
    found = embedded("mail")
    found._encoder = Broken((1.0, 2.0))
    with pytest.raises(InvalidValue, match="another length"):
        found.add(text("B", "vpn"))


def test_removal_of_an_unknown_text_is_refused() -> None:
    """The error names it."""
    with pytest.raises(NotFound, match="'Z'"):
        embedded("mail").remove(TicketId("Z"))


def test_model_is_refused_when_its_file_is_missing(tmp_path: Path) -> None:
    """Or the extra is not installed: either way the message says what to do."""
    with pytest.raises(StoreUnavailable, match=r"is not there|pip install"):
        OnnxEncoder(tmp_path / "model.onnx", tmp_path / "tokenizer.json")


def test_model_is_refused_when_its_file_is_something_else(tmp_path: Path) -> None:
    """A text file is no model."""
    pytest.importorskip("onnxruntime", reason="the extra 'embeddings' is not installed")
    pytest.importorskip("tokenizers", reason="the extra 'embeddings' is not installed")
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_text("no model")
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        OnnxEncoder(tmp_path / "model.onnx", tmp_path / "tokenizer.json")
