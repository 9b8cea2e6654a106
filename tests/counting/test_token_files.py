"""Tokens of a label go into files and come back the same documents, whatever file, number or tokeniser they had."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop._kernels.counting.renumbering import renumber
from fastslop._kernels.counting.windows import LONG, shorten
from fastslop.base.errors import BadInputError
from fastslop.base.prompt_texts import PromptTexts
from fastslop.base.spec import CountSpec
from fastslop.counting.in_tasks import count_token_files
from fastslop.counting.one_label import count_documents
from fastslop.counting.token_chunks import Tokenised, tokenise_documents
from fastslop.counting.token_files import KnownTokens, TokenFile, token_file_name, write_tokens
from fastslop.profiles.packed import pack
from fastslop.system.budget import Budget
from fastslop.system.spill import Spill
from fastslop.tokens.tokeniser import Tokeniser
from tests.strategies import chunk, documents, specs

Pairs = Sequence[tuple[str, str]]


def tokenised(pairs: Pairs, tokeniser: Tokeniser) -> Tokenised:
    return tokenise_documents(chunk(pairs), tokeniser)


def write_some(path: Path, pairs: Pairs, asked: PromptTexts | None = None, spec: CountSpec | None = None) -> Path:
    """A file of tokens in two chunks, each of a tokeniser of its own."""
    middle = len(pairs) // 2
    chunks = [tokenised(some, Tokeniser(spec or CountSpec())) for some in (pairs[:middle], pairs[middle:])]
    write_tokens(path, chunks, asked or PromptTexts())
    return path


# Numbers of tokens


def slowly(tokens: Sequence[int]) -> list[int]:
    return [n for token in tokens for n in ([token] if token < LONG else [int(LONG), token & 0xFFFF, token >> 16])]


tokens_of_documents = st.lists(st.lists(st.integers(0, 20), max_size=5), max_size=4)
numberings = st.lists(
    st.sampled_from([0, 1, 77, 0xFFFE, 0xFFFF, 0x10000, 0x1FFFF, 5_000_000]), min_size=21, max_size=21
)


@given(documents=tokens_of_documents, old=numberings, new=numberings)
def test_renumber__writes_each_token_under_its_new_number(documents, old, new) -> None:
    """Tokens are named by old numbers, of which some are long, as the new ones are."""
    numbers = dict(zip(old, new, strict=True))
    tokens = np.array([old[token] for document in documents for token in document], np.uint32)
    ends = np.cumsum([len(document) for document in documents], dtype=np.int64)
    short, short_ends = np.empty(3 * len(tokens), np.uint16), np.empty_like(ends)
    shorten(tokens, ends, short, short_ends)
    of_each = np.zeros(max(old) + 1, np.uint32)
    of_each[list(numbers)] = list(numbers.values())
    out, out_ends = np.empty(3 * len(tokens), np.uint16), np.empty_like(ends)
    n_short = int(short_ends[-1]) if len(ends) else 0
    assert renumber(short[:n_short].copy(), short_ends, of_each, out, out_ends)
    expected = [slowly([numbers[old[token]] for token in document]) for document in documents]
    assert out_ends.tolist() == np.cumsum([len(one) for one in expected]).astype(int).tolist()
    assert out[: sum(map(len, expected))].tolist() == [n for one in expected for n in one]


@pytest.mark.parametrize(
    ("numbers", "ends"),
    [([5], [1]), ([0, 4], [2]), ([0xFFFF, 9, 9], [3]), ([0xFFFF, 0], [2]), ([1, 0xFFFF, 0, 0], [2, 4])],
    ids=["beyond", "the first beyond", "long and beyond", "cut short", "over two documents"],
)
def test_renumber__tells_of_tokens_that_have_no_number(numbers, ends) -> None:
    out, out_ends = np.empty(12, np.uint16), np.empty(len(ends), np.int64)
    of_each = np.arange(4, dtype=np.uint32)
    assert not renumber(np.array(numbers, np.uint16), np.array(ends, np.int64), of_each, out, out_ends)


# Files


@given(pairs=documents, spec=specs, n_files=st.integers(1, 3), n_tokenisers=st.integers(1, 2), on_disk=st.booleans())
def test_files__of_tokens_give_the_profile_of_their_documents(pairs, spec, n_files, n_tokenisers, on_disk) -> None:
    pairs = pairs or [("p1", "")]
    whole = pack(count_documents(chunk(pairs), spec))
    with TemporaryDirectory() as folder, Spill(None) as spill:
        paths = []
        for i, some in enumerate(some for some in (pairs[i::n_files] for i in range(n_files)) if some):
            tokenisers = [Tokeniser(spec) for _ in range(n_tokenisers)]
            chunks = [tokenised([pair], tokenisers[n % n_tokenisers]) for n, pair in enumerate(some)]
            chunks = [one.spilled(spill) for one in chunks] if on_disk else chunks
            paths.append(Path(folder, str(i)))
            assert write_tokens(paths[-1], chunks, PromptTexts()) == paths[-1].stat().st_size
        found = count_token_files(paths, spec, Budget(1), spill)
        assert [*found.parts] == [*whole.parts]
    assert found.profile.guarded == whole.profile.guarded


def test_file__is_the_same_whatever_order_and_tokenisers_chunks_had(tmp_path: Path) -> None:
    groups = [
        [(f"p{i}", f"The sea, the {word}. Then Rain fell.") for i in range(3)] for word in ("hill", "lamp", "fog")
    ]
    one, used = Tokeniser(CountSpec()), Tokeniser(CountSpec())
    tokenised([("q", "Fog and rain and words that no other text has.")], used)
    write_tokens(tmp_path / "a", [tokenised(group, one) for group in groups], PromptTexts())
    two = [tokenised(group, (one, used)[n % 2]) for n, group in enumerate(reversed(groups))]
    write_tokens(tmp_path / "b", two, PromptTexts(), workers=2)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_known_tokens__number_frequent_words_first_and_have_the_break_for_number_0(tmp_path: Path) -> None:
    spec = CountSpec()
    a = write_some(tmp_path / "a", [("p", "the sea the sea the hill"), ("q", "the lamp")])
    b = write_some(tmp_path / "b", [("p", "the fog the fog fog and the fog"), ("q", "the sea")])
    known = KnownTokens(spec, [TokenFile(a), TokenFile(b)])
    vocabulary, ranks = known.vocabulary_of(np.arange(len(known.keys)) > 0)
    words = [vocabulary.tokens[int(rank)] for rank in ranks[1:]]
    assert sorted(words) == ["and", "fog", "hill", "lamp", "sea", "the"]
    assert set(words[:3]) == {"the", "fog", "sea"}  # each the first or second of a file
    assert known.keys[0] == 0


def test_file__has_the_texts_of_prompts(tmp_path: Path) -> None:
    asked = PromptTexts(np.array([3, 2**64 - 1], np.uint64), ("Why?", "Täglich 😀"))
    found = TokenFile(write_some(tmp_path / "a", [("p", "the sea")], asked)).prompt_texts
    assert found.keys.tolist() == asked.keys.tolist() and found.texts == asked.texts


def test_name__of_a_file_of_tokens_is_that_of_its_profile() -> None:
    assert token_file_name("gpt-4.1") == "gpt-4.1.tokens"
    assert token_file_name("a/b").startswith("a_b-")


def read(path: Path) -> None:
    file = TokenFile(path)
    assert [*file.chunks(KnownTokens(CountSpec(), [file]))]


def test_file__that_is_damaged_anywhere_is_refused_by_its_name(tmp_path: Path) -> None:
    path = write_some(tmp_path / "a", [(f"p{i}", f"the sea and hill {i}") for i in range(4)])
    whole = path.read_bytes()
    read(path)
    for place in range(len(b"fastslop tokens 1\n"), len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        path.write_bytes(damaged)
        with pytest.raises(BadInputError, match=r"/a is no file of tokens of this version, or a damaged one"):
            read(path)
    for length in (0, 5, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(BadInputError, match=r"/a is no file of tokens .*run the task of this number again"):
            read(path)


@pytest.mark.parametrize("what", ["doc_ends", "numbers", "index"])
def test_file__whose_documents_are_none_is_refused(tmp_path: Path, what: str) -> None:
    """Checksums agree, as they do in a file that is none of a task."""
    own = tokenised([("p", "the sea"), ("q", "the hill")], Tokeniser(CountSpec()))
    path = tmp_path / "a"
    write_tokens(path, [own], PromptTexts())
    file = TokenFile(path)
    known = KnownTokens(CountSpec(), [file])
    wrong = {
        "doc_ends": lambda about: [*about[:2], about[2] + 1, *about[3:]],
        "numbers": lambda about: [about[0] + 1, *about[1:]],
        "index": lambda about: about[:5],
    }
    file._index = {**file._index, "chunks": [wrong[what](about) for about in file._index["chunks"]]}
    with pytest.raises(BadInputError, match="or a damaged one"):
        list(file.chunks(known))
